#include "ggml/weights.h"

#include "ggml/memory.h"
#include "ggml/options.h"
#include "ggml/pack.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace lutgemm_ggml {
namespace {

// Lengths of prompts differ from call to call; plans of those that were are dropped together. With
// 64 of them a server of a model of 211 matrices had grown by 20 MiB, with no more tokens a second.
constexpr size_t kMostPlansOfPart = 8;

void SayError(const char* what) { Say(std::string(what) + ": " + lutgemm_last_error()); }

// Calls of the host have no way for exceptions.
template <class F>
bool Guarded(F f) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    Say("out of memory");
    return false;
  }
}

}  // namespace

size_t SlotBytes(const Shape& shape) {
  const size_t packed = MostPackedBytes({shape.type, shape.n, shape.k});
  if (packed == 0) return 0;
  return shape.parts * Align(std::max(packed, shape.part_bytes()));
}

bool Weights::Set(const void* data, size_t offset, size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes == 0) return true;
  return Guarded([&] {
    const auto* from = static_cast<const uint8_t*>(data);
    if (offset == 0 && bytes == shape_.bytes()) return Pack(from);
    if (!parts_.empty()) {
      std::vector<uint8_t> all;
      if (!GetAll(&all)) return false;
      std::memcpy(all.data() + offset, from, bytes);
      return Pack(all.data());
    }
    std::memcpy(slot_ + offset, from, bytes);
    Cover(offset, offset + bytes);
    return PackSlot();
  });
}

bool Weights::Fill(uint8_t value, size_t offset, size_t bytes) {
  return Guarded([&] {
    const std::vector<uint8_t> data(bytes, value);
    return Set(data.data(), offset, bytes);
  });
}

// Joins [begin, end) with what it touches.
void Weights::Cover(size_t begin, size_t end) {
  auto next = covered_.upper_bound(begin);
  if (next != covered_.begin() && std::prev(next)->second >= begin) --next;
  while (next != covered_.end() && next->first <= end) {
    begin = std::min(begin, next->first);
    end = std::max(end, next->second);
    next = covered_.erase(next);
  }
  covered_[begin] = end;
}

// Packs what was collected in the slot, once that is everything.
bool Weights::PackSlot() {
  if (covered_.begin()->second - covered_.begin()->first != shape_.bytes()) return true;
  // Packed weights of one matrix may lie where the next one's bytes are.
  const std::vector<uint8_t> all(slot_, slot_ + shape_.bytes());
  return Pack(all.data());
}

bool Weights::Pack(const uint8_t* data) {
  plans_.clear();
  parts_.clear();
  covered_.clear();
  std::vector<Part> parts;
  parts.reserve(shape_.parts);
  const size_t step = SlotBytes(shape_) / shape_.parts;
  if (apart_) {
    if (data != slot_) std::memcpy(slot_, data, shape_.bytes());
    if (memory_ == nullptr) memory_ = Allocate(SlotBytes(shape_));
    if (memory_ == nullptr) throw std::bad_alloc();
  }
  uint8_t* const place = apart_ ? memory_.get() : slot_;
  for (size_t part = 0; part < shape_.parts; ++part) {
    const uint8_t* from = data + part * shape_.part_bytes();
    Packed made = PackBlocks({shape_.type, shape_.n, shape_.k}, from, {place + part * step, step});
    if (made.packed == nullptr) {
      // Nothing is computed with such a tensor; it can be read.
      parts.clear();
      std::memcpy(slot_, data, shape_.bytes());
      covered_[0] = shape_.bytes();
      return false;
    }
    parts.emplace_back();
    parts.back().packed.reset(made.packed);
    if (!made.exact) parts.back().original.assign(from, from + shape_.part_bytes());
  }
  parts_ = std::move(parts);
  return true;
}

bool Weights::Get(void* data, size_t offset, size_t bytes) const {
  const std::lock_guard lock(mutex_);
  return Guarded([&] {
    if (parts_.empty() || apart_) {
      std::memcpy(data, slot_ + offset, bytes);
      return true;
    }
    std::vector<uint8_t> part(shape_.part_bytes());
    auto* to = static_cast<uint8_t*>(data);
    while (bytes > 0) {
      const size_t index = offset / part.size(), begin = offset % part.size();
      const size_t count = std::min(bytes, part.size() - begin);
      if (!GetPart(index, part.data())) return false;
      std::memcpy(to, part.data() + begin, count);
      to += count, offset += count, bytes -= count;
    }
    return true;
  });
}

bool Weights::GetPart(size_t part, uint8_t* out) const {
  const Part& from = parts_[part];
  if (!from.original.empty()) {
    std::memcpy(out, from.original.data(), from.original.size());
    return true;
  }
  return UnpackBlocks(shape_.type, from.packed.get(), out);
}

bool Weights::GetAll(std::vector<uint8_t>* bytes) const {
  bytes->resize(shape_.bytes());
  for (size_t part = 0; part < shape_.parts; ++part) {
    if (!GetPart(part, bytes->data() + part * shape_.part_bytes())) return false;
  }
  return true;
}

const lutgemm_packed* Weights::PackedPart(size_t part) const {
  const std::lock_guard lock(mutex_);
  return part < parts_.size() ? parts_[part].packed.get() : nullptr;
}

Plan Weights::PlanFor(const PlanKey& key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = plans_.find(key); found != plans_.end()) return found->second;
  if (key.part >= parts_.size()) {
    Say("a weight tensor was not packed, nothing can be multiplied by it");
    return nullptr;
  }
  Plan plan = MakePlan(key);
  if (plan == nullptr) return nullptr;
  if (plans_.size() >= kMostPlansOfPart * shape_.parts) plans_.clear();
  plans_[key] = plan;
  return plan;
}

Plan Weights::MakePlan(const PlanKey& key) const {
  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  problem.m = key.m;
  problem.threads = key.threads;
  problem.act = key.act;
  problem.mode = key.mode;
  problem.act_stride = key.act_stride;
  problem.out_stride = key.out_stride;
  lutgemm_plan* plan = nullptr;
  if (lutgemm_plan_create(parts_[key.part].packed.get(), &problem, &plan) != LUTGEMM_OK) {
    SayError("cannot plan a product");
    return nullptr;
  }
  return Plan(plan,
              [](const lutgemm_plan* old) { lutgemm_plan_free(const_cast<lutgemm_plan*>(old)); });
}

}  // namespace lutgemm_ggml
