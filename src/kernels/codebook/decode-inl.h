// Codebooks: codes of up to four bits to the biased bytes they stand for, by one of four tables of
// 16 entries that each output's group selects.
#if defined(LUTGEMM_KERNELS_CODEBOOK_DECODE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_CODEBOOK_DECODE_INL_H_
#undef LUTGEMM_KERNELS_CODEBOOK_DECODE_INL_H_
#else
#define LUTGEMM_KERNELS_CODEBOOK_DECODE_INL_H_
#endif

#include "kernels/target/arch/x86_vbmi-inl.h"
#include "kernels/contract.h"
#include "kernels/dot/expand-inl.h"
#include "kernels/target/ops-inl.h"

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

using BookTag = hn::CappedTag<uint8_t, 64>;
using BookBytes = hn::Vec<BookTag>;

// The tables of a codebook, entries plus kBookBias.
struct Book {
#if LUTGEMM_WIDE_LOOKUP
  BookBytes all;
#else
  BookBytes first, second, third, fourth;
#endif
  bool selects;
};
HWY_INLINE Book LoadBook(const WeightArgs& w) {
  const BookTag du8;
  const auto* tables = reinterpret_cast<const uint8_t*>(w.book);
  const auto bias = hn::Set(du8, uint8_t{kBookBias});
  Book book;
#if LUTGEMM_WIDE_LOOKUP
  book.all = hn::Add(hn::LoadU(du8, tables), bias);
#else
  alignas(64) uint8_t four[64];
  std::memcpy(four, tables, sizeof(four));
  book.first = hn::Add(hn::LoadDup128(du8, four), bias);
  book.second = hn::Add(hn::LoadDup128(du8, four + 16), bias);
  book.third = hn::Add(hn::LoadDup128(du8, four + 32), bias);
  book.fourth = hn::Add(hn::LoadDup128(du8, four + 48), bias);
#endif
  book.selects = w.selectors != nullptr;
  return book;
}

// Sixteen times the selector of outputs o, o + 1, ... of a strip, in four bytes each.
HWY_INLINE BookBytes Selectors(const WeightArgs& w, size_t strip, size_t group, size_t o) {
  const BookTag du8;
  if (w.selectors == nullptr) return hn::Zero(du8);
  const hn::Repartition<uint32_t, BookTag> du32;
  const uint8_t* from =
      w.selectors + strip * w.selector_strip_stride + group * w.selector_group_stride + o / 16 * 4;
  uint32_t sixteen;
  std::memcpy(&sixteen, from, 4);
  const auto shifts = hn::Iota(du32, static_cast<uint32_t>(o % 16));
  const auto shifted = hn::Shr(hn::Set(du32, sixteen), hn::Add(shifts, shifts));
  auto selector = hn::ShiftLeft<4>(hn::And(shifted, hn::Set(du32, 3)));
  selector = hn::Or(selector, hn::ShiftLeft<8>(selector));
  return hn::BitCast(du8, hn::Or(selector, hn::ShiftLeft<16>(selector)));
}

// Bytes of the codes in the low nibbles.
HWY_INLINE BookBytes Decode(const Book& book, BookBytes nibbles, BookBytes selectors) {
  const BookTag du8;
  const auto nibble = hn::Set(du8, uint8_t{15});
#if LUTGEMM_WIDE_LOOKUP
  return Lookup64(book.all, MaskedOr(nibbles, nibble, selectors));
#else
  const auto codes = hn::And(nibbles, nibble);
  const auto first = hn::TableLookupBytes(book.first, codes);
  if (!book.selects) return first;
  const auto is = [&](uint8_t which) HWY_ATTR { return hn::Eq(selectors, hn::Set(du8, which)); };
  const auto second = hn::IfThenElse(is(16), hn::TableLookupBytes(book.second, codes), first);
  const auto third = hn::IfThenElse(is(32), hn::TableLookupBytes(book.third, codes), second);
  return hn::IfThenElse(is(48), hn::TableLookupBytes(book.fourth, codes), third);
#endif
}

// Codes to bytes, in place, in one strip's half of a panel's slices [begin, end).
HWY_INLINE void DecodePanel(const LookupArgs& args, size_t strip, size_t begin, size_t end,
                            uint8_t* HWY_RESTRICT panel) {
  const BookTag du8;
  const Book book = LoadBook(args.weight);
  for (size_t part = 0; part < 128; part += hn::Lanes(du8)) {
    for (size_t s = begin; s < end; ++s) {
      const auto selectors = Selectors(args.weight, strip, s / args.grid.group_steps, part / 4);
      uint8_t* at = panel + (s - begin) * 4 * kPanelRow + part;
      for (size_t j = 0; j < 4; ++j, at += kPanelRow) {
        hn::Store(Decode(book, hn::Load(du8, at), selectors), du8, at);
      }
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_CODEBOOK_DECODE_INL_H_
