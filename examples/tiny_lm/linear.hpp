// How the engine calls lutgemm: linear layers that read the same activations, planned once, run
// from one set of tables.
#ifndef LUTGEMM_EXAMPLES_TINY_LM_LINEAR_HPP_
#define LUTGEMM_EXAMPLES_TINY_LM_LINEAR_HPP_

#include "tiny_lm/importance.hpp"
#include "tiny_lm/model.hpp"

#include <lutgemm/lutgemm.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tiny_lm {

// Bytes aligned as plans want them, zero at first.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(size_t bytes);
  std::span<std::byte> span() const { return {data_.get(), bytes_}; }

 private:
  struct Free {
    void operator()(std::byte* data) const;
  };
  std::unique_ptr<std::byte[], Free> data_;
  size_t bytes_ = 0;
};

// Memory that groups use one after the other.
struct Scratch {
  // Makes both at least so large.
  void Reserve(size_t table_bytes, size_t workspace_bytes);

  AlignedBytes tables;
  AlignedBytes workspace;
  lutgemm::Threads* threads = nullptr;
  size_t table_builds = 0;        // sets of tables built so far
  double seconds = 0;             // spent in LinearGroup::Run so far
  InputEnergy* energy = nullptr;  // where inputs are added up, or null
};

// One or several linear layers with the same input, for a fixed number of tokens.
class LinearGroup {
 public:
  // `problem` tells tokens, mode and threads; each layer has its own order of channels.
  static lutgemm::Result<LinearGroup> Make(const std::vector<const Linear*>& layers,
                                           const lutgemm::Problem& problem);

  // outs[i] = act x layers[i]^T: [m][n of layer i].
  lutgemm::Status Run(const float* act, std::span<float* const> outs, Scratch& scratch) const;

  size_t table_bytes() const { return table_bytes_; }
  size_t workspace_bytes() const { return workspace_bytes_; }
  // Whether all layers look up in one set of tables.
  bool shares_tables() const { return shares_tables_; }
  // Plans of the packed layers; Explain() of each tells what runs.
  std::span<const lutgemm::Plan> plans() const { return plans_; }

 private:
  lutgemm::Status RunShared(const float* act, std::span<float* const> outs, Scratch& scratch) const;
  lutgemm::Status RunApart(const float* act, std::span<float* const> outs, Scratch& scratch) const;

  size_t m_ = 1;
  std::vector<const Linear*> layers_;
  std::vector<lutgemm::Plan> plans_;  // of the layers that are packed, in their order
  bool shares_tables_ = false;
  size_t table_bytes_ = 0;
  size_t workspace_bytes_ = 0;
};

}  // namespace tiny_lm

#endif  // LUTGEMM_EXAMPLES_TINY_LM_LINEAR_HPP_
