#include "llama/merges.hpp"

#include <doctest/doctest.h>

#include <random>

namespace llama {
namespace {

using Tokens = std::vector<Token>;

struct Rule {
  Token left, right, whole;
};

// The definition: as long as some rule fits, the earliest of them at its leftmost place.
Tokens Slow(Tokens tokens, const std::vector<Rule>& rules) {
  for (size_t r = 0; r < rules.size();) {
    size_t at = 0;
    while (at + 1 < tokens.size() &&
           (tokens[at] != rules[r].left || tokens[at + 1] != rules[r].right)) {
      ++at;
    }
    if (at + 1 >= tokens.size()) {
      ++r;
      continue;
    }
    tokens[at] = rules[r].whole;
    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    r = 0;
  }
  return tokens;
}

TEST_CASE("merges: the earliest rule first, leftmost, and on what came of it") {
  Merges merges;
  merges.Add(2, 3, 10);
  merges.Add(1, 2, 11);
  merges.Add(1, 10, 12);
  merges.Add(1, 10, 99);  // a pair keeps its rule
  CHECK(merges.Apply({1, 2, 3}) == Tokens{12});
  CHECK(merges.Apply({1, 2, 2, 3}) == Tokens{11, 10});
  CHECK(merges.Apply({}) == Tokens{});
  CHECK(merges.Apply({2}) == Tokens{2});
  Merges same;
  same.Add(1, 1, 2);
  same.Add(2, 2, 3);
  CHECK(same.Apply({1, 1, 1}) == Tokens{2, 1});
  CHECK(same.Apply({1, 1, 1, 1, 1}) == Tokens{3, 1});
}

TEST_CASE("merges: random rules give what the definition gives") {
  std::mt19937 random(11);
  for (int turn = 0; turn < 300; ++turn) {
    CAPTURE(turn);
    std::vector<Rule> rules;
    Merges merges;
    for (Token whole = 4; whole < 20; ++whole) {
      const Rule rule{Token(random() % whole), Token(random() % whole), whole};
      bool known = false;
      for (const Rule& other : rules) known |= other.left == rule.left && other.right == rule.right;
      merges.Add(rule.left, rule.right, rule.whole);
      if (!known) rules.push_back(rule);
    }
    Tokens tokens(random() % 40);
    for (Token& token : tokens) token = random() % 4;
    REQUIRE(merges.Apply(tokens) == Slow(tokens, rules));
  }
}

TEST_CASE("merges: a long run takes no quadratic time") {
  Merges merges;
  for (Token i = 1; i < 20; ++i) merges.Add(i, i, i + 1);
  CHECK(merges.Apply(Tokens(size_t{1} << 18, 1)) == Tokens{19});
}

}  // namespace
}  // namespace llama
