// Codebooks: codes of up to four bits to the biased bytes they stand for, by one of four tables of
// 16 entries that each output's group selects.
#if defined(LUTGEMM_KERNELS_CODEBOOK_DECODE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_CODEBOOK_DECODE_INL_H_
#undef LUTGEMM_KERNELS_CODEBOOK_DECODE_INL_H_
#else
#define LUTGEMM_KERNELS_CODEBOOK_DECODE_INL_H_
#endif

#include "kernels/contract.h"
#include "kernels/dot/expand-inl.h"
#include "kernels/target/ops-inl.h"

#include <cstring>
#include <type_traits>

// The tables of a codebook in vectors, `name_<i>`, as a list: LUTGEMM_CODEBOOK_TABLES(table) to
// declare them, behind their type, or to pass them on, LUTGEMM_CODEBOOK_TABLES(V table) to take
// them as parameters. Vectors of 64 bytes hold all four; shorter ones repeat one of them in every
// block.
#undef LUTGEMM_CODEBOOK_TABLES
#if LUTGEMM_TABLE_ENTRIES >= 64
#define LUTGEMM_CODEBOOK_TABLES(name) name##_0
#else
#define LUTGEMM_CODEBOOK_TABLES(name) name##_0, name##_1, name##_2, name##_3
#endif

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

using CodebookTag = hn::CappedTag<uint8_t, 64>;
using CodebookBytes = hn::Vec<CodebookTag>;

// The tables of a codebook, entries plus kCodebookBias: four of 16 in memory, one after the other.
struct CodebookTables {
  alignas(64) uint8_t entries[64];
  bool selects;
};
HWY_INLINE CodebookTables LoadCodebook(const WeightArgs& w) {
  CodebookTables book;
  const auto* tables = reinterpret_cast<const uint8_t*>(w.book);
  for (size_t i = 0; i < 64; ++i) {
    book.entries[i] = static_cast<uint8_t>(tables[i] + kCodebookBias);
  }
  book.selects = w.selectors != nullptr;
  return book;
}
// In the vectors LUTGEMM_CODEBOOK_TABLES(table).
HWY_INLINE void LoadTables(const CodebookTables& book,
                           LUTGEMM_CODEBOOK_TABLES(CodebookBytes& table)) {
  const CodebookTag du8;
#if LUTGEMM_TABLE_ENTRIES >= 64
  table_0 = hn::Load(du8, book.entries);
#else
  table_0 = hn::LoadDup128(du8, book.entries);
  table_1 = hn::LoadDup128(du8, book.entries + 16);
  table_2 = hn::LoadDup128(du8, book.entries + 32);
  table_3 = hn::LoadDup128(du8, book.entries + 48);
#endif
}

// For what has none.
HWY_INLINE void ZeroTables(LUTGEMM_CODEBOOK_TABLES(CodebookBytes& table)) {
  const CodebookTables zeros{};
  LoadTables(zeros, LUTGEMM_CODEBOOK_TABLES(table));
}

// Sixteen times the selector of outputs o, o + 1, ... of a strip, in four bytes each.
HWY_INLINE CodebookBytes Selectors(const WeightArgs& w, size_t strip, size_t group, size_t o) {
  const CodebookTag du8;
  if (w.selectors == nullptr) return hn::Zero(du8);
  const hn::Repartition<uint32_t, CodebookTag> du32;
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

// Bytes of the codes in the low nibbles; `table` as LoadTables has it.
HWY_INLINE CodebookBytes Decode([[maybe_unused]] bool selects, CodebookBytes nibbles,
                                CodebookBytes selectors,
                                LUTGEMM_CODEBOOK_TABLES(CodebookBytes table)) {
  const CodebookTag du8;
  const auto nibble = hn::Set(du8, uint8_t{15});
#if LUTGEMM_TABLE_ENTRIES >= 64
  return Lookup64(table_0, MaskedOr(nibbles, nibble, selectors));
#else
  const auto codes = hn::And(nibbles, nibble);
  const auto first = hn::TableLookupBytes(table_0, codes);
  if (!selects) return first;
  const auto is1 = hn::Eq(selectors, hn::Set(du8, uint8_t{16}));
  const auto is2 = hn::Eq(selectors, hn::Set(du8, uint8_t{32}));
  const auto is3 = hn::Eq(selectors, hn::Set(du8, uint8_t{48}));
  const auto second = hn::IfThenElse(is1, hn::TableLookupBytes(table_1, codes), first);
  const auto third = hn::IfThenElse(is2, hn::TableLookupBytes(table_2, codes), second);
  return hn::IfThenElse(is3, hn::TableLookupBytes(table_3, codes), third);
#endif
}

// Nibbles of a codebook to bytes. Decoders of the kCodes layout make bytes of nibbles with tables,
// the same for all weights, and with a row, the same for a vector of outputs in a group: loops have
// both in registers. Vectors that hold one table only decode faster without kSelects, where the
// first is meant always.
template <bool kSelects>
struct CodebookDecoder {
  const WeightArgs& weight;
  const CodebookTables& book;

  HWY_INLINE void Tables(LUTGEMM_CODEBOOK_TABLES(CodebookBytes& table)) const {
    LoadTables(book, LUTGEMM_CODEBOOK_TABLES(table));
  }
  // Of outputs o, o + 1, ... of a strip.
  HWY_INLINE CodebookBytes Row(size_t strip, size_t group, size_t o) const {
    return Selectors(weight, strip, group, o);
  }
  // Of the codes in the low nibbles.
  HWY_INLINE CodebookBytes Bytes(CodebookBytes nibbles, CodebookBytes row,
                                 LUTGEMM_CODEBOOK_TABLES(CodebookBytes table)) const {
    return Decode(kSelects, nibbles, row, LUTGEMM_CODEBOOK_TABLES(table));
  }
};

// Calls run with whether codes select among the tables, as a type. One lookup in vectors that hold
// all of them serves both.
template <class Run>
HWY_INLINE void BySelectors([[maybe_unused]] const WeightArgs& w, Run run) {
#if LUTGEMM_TABLE_ENTRIES < 64
  if (w.selectors == nullptr) return run(std::false_type());
#endif
  run(std::true_type());
}

// Codes to bytes, in place, in one strip's half of a panel's slices [begin, end).
HWY_INLINE void DecodePanel(const KernelArgs& args, size_t strip, size_t begin, size_t end,
                            uint8_t* HWY_RESTRICT panel) {
  const CodebookTag du8;
  const CodebookTables book = LoadCodebook(args.weight);
  CodebookBytes LUTGEMM_CODEBOOK_TABLES(table);
  LoadTables(book, LUTGEMM_CODEBOOK_TABLES(table));
  for (size_t part = 0; part < 128; part += hn::Lanes(du8)) {
    for (size_t s = begin; s < end; ++s) {
      const auto selectors = Selectors(args.weight, strip, s / args.grid.group_steps, part / 4);
      uint8_t* at = panel + (s - begin) * 4 * kPanelRow + part;
      for (size_t j = 0; j < 4; ++j, at += kPanelRow) {
        const auto codes = hn::Load(du8, at);
        hn::Store(Decode(book.selects, codes, selectors, LUTGEMM_CODEBOOK_TABLES(table)), du8, at);
      }
    }
  }
}

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_CODEBOOK_DECODE_INL_H_
