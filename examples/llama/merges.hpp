// Byte pair encoding: which two neighbouring tokens become one, and in which order.
#ifndef LUTGEMM_EXAMPLES_LLAMA_MERGES_HPP_
#define LUTGEMM_EXAMPLES_LLAMA_MERGES_HPP_

#include "tiny_lm/model.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace llama {

using tiny_lm::Token;

class Merges {
 public:
  // The next rule: what was added before goes first. A pair that has a rule keeps it.
  void Add(Token left, Token right, Token whole);
  size_t size() const { return rules_.size(); }

  // Merges neighbours, always the pair of the earliest rule and of these the leftmost, until no
  // rule fits. n log n in the number of tokens.
  std::vector<Token> Apply(std::vector<Token> tokens) const;

 private:
  struct Rule {
    size_t rank;
    Token whole;
  };
  const Rule* Find(Token left, Token right) const;

  std::unordered_map<uint64_t, Rule> rules_;  // by left and right
};

}  // namespace llama

#endif  // LUTGEMM_EXAMPLES_LLAMA_MERGES_HPP_
