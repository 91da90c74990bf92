// A weight tensor in its slot of a buffer: bytes of GGUF until all of them have come, packed
// weights from then on.
#ifndef LUTGEMM_INTEGRATIONS_GGML_WEIGHTS_H_
#define LUTGEMM_INTEGRATIONS_GGML_WEIGHTS_H_

#include "ggml/memory.h"

#include <lutgemm/lutgemm.h>

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lutgemm_ggml {

// `parts` matrices of n rows of k weights, one after the other.
struct Shape {
  uint32_t type = 0;
  size_t k = 0;
  size_t n = 0;
  size_t parts = 0;

  size_t part_bytes() const { return lutgemm_gguf_bytes(type, n, k); }
  size_t bytes() const { return parts * part_bytes(); }
  bool operator==(const Shape&) const = default;
};

// Bytes of a slot: enough for the tensor's own bytes and for its packed weights, whatever is in
// them. 0 for a shape that cannot be packed.
size_t SlotBytes(const Shape& shape);

using Plan = std::shared_ptr<const lutgemm_plan>;

// What of a product decides its plan.
struct PlanKey {
  size_t part = 0;
  size_t m = 0;
  size_t threads = 1;
  size_t act_stride = 0;
  size_t out_stride = 0;
  uint32_t act = LUTGEMM_F32;
  uint32_t mode = LUTGEMM_FAST;

  auto operator<=>(const PlanKey&) const = default;
};

class Weights {
 public:
  // The slot has SlotBytes(shape), 64-byte aligned, and outlives this. With `apart` it has the
  // tensor's own bytes and keeps them, and packed weights are elsewhere.
  Weights(const Shape& shape, uint8_t* slot, bool apart)
      : shape_(shape), slot_(slot), apart_(apart) {}

  // Bytes [offset, offset + bytes) of the tensor. What is complete is packed. False, after a line
  // to the error stream, where it cannot be packed: the bytes can still be read then.
  bool Set(const void* data, size_t offset, size_t bytes);
  bool Fill(uint8_t value, size_t offset, size_t bytes);
  // Gives these bytes back as they were set. False where there is no memory to do it with.
  bool Get(void* data, size_t offset, size_t bytes) const;

  // A plan of packed weights; null, after a line to the error stream, where there is none.
  Plan PlanFor(const PlanKey& key);

  // One of the matrices; null until all bytes have come, or where they could not be packed.
  const lutgemm_packed* PackedPart(size_t part) const;

  const Shape& shape() const { return shape_; }

 private:
  struct FreePacked {
    void operator()(lutgemm_packed* packed) const { lutgemm_packed_free(packed); }
  };
  struct Part {
    std::unique_ptr<lutgemm_packed, FreePacked> packed;
    std::vector<uint8_t> original;  // where blocks made of the codes are other ones
  };

  bool SetPart(size_t part, const uint8_t* data);
  bool Pack(const uint8_t* data);
  bool PackSlot();
  bool GetPart(size_t part, uint8_t* out) const;
  bool GetAll(std::vector<uint8_t>* bytes) const;
  void Cover(size_t begin, size_t end);
  Plan MakePlan(const PlanKey& key) const;

  const Shape shape_;
  uint8_t* const slot_;
  const bool apart_;
  Memory memory_;  // of packed weights that are apart
  mutable std::mutex mutex_;
  std::vector<Part> parts_;           // empty until packed
  std::map<size_t, size_t> covered_;  // begin to end of the bytes that came, apart
  std::map<PlanKey, Plan> plans_;
};

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_WEIGHTS_H_
