#include "llama/merges.hpp"

#include <queue>
#include <tuple>

namespace llama {
namespace {

constexpr size_t kNone = SIZE_MAX;

uint64_t Key(Token left, Token right) { return uint64_t{left} << 32 | right; }

// A pair that may be merged, as it was when it was found: since then either side may have changed.
struct Candidate {
  size_t rank;
  size_t left;  // where its left token is
  Token first, second, whole;

  // The queue has the largest on top.
  bool operator<(const Candidate& other) const {
    return std::tie(rank, left) > std::tie(other.rank, other.left);
  }
};

}  // namespace

void Merges::Add(Token left, Token right, Token whole) {
  rules_.emplace(Key(left, right), Rule{rules_.size(), whole});
}

const Merges::Rule* Merges::Find(Token left, Token right) const {
  const auto found = rules_.find(Key(left, right));
  return found != rules_.end() ? &found->second : nullptr;
}

std::vector<Token> Merges::Apply(std::vector<Token> tokens) const {
  const size_t size = tokens.size();
  std::vector<size_t> next(size), before(size);  // of tokens that are left, by place
  std::vector<bool> gone(size);
  std::priority_queue<Candidate> queue;
  const auto look = [&](size_t left, size_t right) {
    if (left == kNone || right == kNone) return;
    if (const Rule* rule = Find(tokens[left], tokens[right])) {
      queue.push({rule->rank, left, tokens[left], tokens[right], rule->whole});
    }
  };
  for (size_t i = 0; i < size; ++i) {
    before[i] = i == 0 ? kNone : i - 1;
    next[i] = i + 1 < size ? i + 1 : kNone;
    look(before[i], i);
  }
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    const size_t left = best.left;
    const size_t right = gone[left] ? kNone : next[left];
    if (right == kNone || tokens[left] != best.first || tokens[right] != best.second) continue;
    tokens[left] = best.whole;
    gone[right] = true;
    next[left] = next[right];
    if (next[left] != kNone) before[next[left]] = left;
    look(before[left], left);
    look(left, next[left]);
  }
  std::vector<Token> merged;
  for (size_t i = 0; i < size; ++i) {
    if (!gone[i]) merged.push_back(tokens[i]);
  }
  return merged;
}

}  // namespace llama
