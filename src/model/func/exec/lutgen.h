// lutgen: rd[m] = the table of k activations of register ra + m; rc[m] += their sum.
//
// Entries are the exact sums, rounded once where their type asks for it. The sum of the
// activations is the negated entry 0, so that it costs nothing (docs/isa.md).
#ifndef LUTGEMM_MODEL_FUNC_EXEC_LUTGEN_H_
#define LUTGEMM_MODEL_FUNC_EXEC_LUTGEN_H_

#include "format/rounding.h"
#include "format/table.h"
#include "model/func/lanes.h"
#include "model/units/table_quantiser.h"

namespace lutgemm::model::func {

// Additions for all entries of a table: the two halves of the activations give sums with all
// signs, each a half table and its negative, and every entry is one addition of two of those.
constexpr uint64_t TableAdds(size_t k) {
  if (k <= 1) return 0;
  if (k == 2) return 2;
  return (uint64_t{1} << (k - 1)) + TableAdds(k / 2) + TableAdds(k - k / 2);
}

// The activations of one table, exact.
struct TableActs {
  std::array<double, format::kMaxTableK> values{};
  double sum = 0.0, magnitude = 0.0;
};

inline TableActs LoadActs(const std::byte* row, const isa::Instruction& i) {
  TableActs acts;
  const size_t k = i.Size(isa::Field::kK);
  for (size_t j = 0; j < k; ++j) {
    const size_t at = i.Size(isa::Field::kIndex) * k + j;
    double value = 0.0;
    if (isa::IsFloat(i.act())) {
      value = LoadActF64(row, i.act(), at);
    } else if (i.act() == isa::ActType::kI16) {
      value = LoadAs<int16_t>(row, at);
    } else {
      value = LoadAs<int8_t>(row, at);
    }
    acts.values[j] = value;
    acts.sum += value;
    acts.magnitude += std::fabs(value);
  }
  return acts;
}

inline void StoreEntry(std::byte* tables, isa::ActType type, size_t index, double entry) {
  switch (type) {
    case isa::ActType::kI16:
      return StoreAs(tables, index, static_cast<int32_t>(entry));
    case isa::ActType::kI8:
      return StoreAs(tables, index, static_cast<int16_t>(entry));
    default:
      return StoreF16(tables, index, entry);
  }
}

// The exact table of a row.
inline void StoreTable(std::byte* tables, const isa::Instruction& i, size_t row,
                       const TableActs& acts) {
  const size_t k = i.Size(isa::Field::kK);
  for (size_t e = 0; e < isa::TableEntries(k); ++e) {
    const double entry =
        format::TableEntry(acts.values.data(), static_cast<unsigned>(k), static_cast<unsigned>(e));
    StoreEntry(tables, i.table(), row * isa::TableEntries(k) + e, entry);
  }
}

// The table of a row in 8 bits, and its scale.
inline void StoreRoundedTable(std::byte* tables, const isa::Instruction& i, size_t row,
                              const TableActs& acts) {
  const size_t m = i.Size(isa::Field::kM), k = i.Size(isa::Field::kK);
  const float scale = format::TableScale(acts.magnitude);
  auto* entries = reinterpret_cast<int8_t*>(tables) + row * isa::TableEntries(k);
  units::RoundTable(acts.values.data(), k, scale, entries);
  StoreF32(tables + isa::TableScalesAt(m, k, i.table()), row, scale);
}

// Integer tables have integer sums.
inline void AddRowSum(std::byte* sums, size_t m, isa::ActType table, double sum) {
  if (isa::RowSumsOf(table) == isa::RowSumKind::kF32) {
    const double old = LoadAs<float>(sums, m);
    return StoreF32(sums, m, static_cast<float>(format::AddToOdd(old, sum)));
  }
  const auto old = LoadAs<uint32_t>(sums, m);
  StoreAs(sums, m, old + static_cast<uint32_t>(static_cast<int32_t>(sum)));
}

inline Trap ExecLutgen(State& state, const isa::Instruction& i) {
  const size_t m = i.Size(isa::Field::kM), k = i.Size(isa::Field::kK);
  const isa::ActType type = i.table();
  if ((i.Size(isa::Field::kIndex) + 1) * k * isa::ActBytes(i.act()) > isa::kRegisterBytes) {
    return {TrapKind::kRegister, 0,
            base::Cat("activations number ", i[isa::Field::kIndex], " end past their register")};
  }
  const Operand tables{i[isa::Field::kRd], isa::TableBytes(m, k, type)};
  const Operand rows{i[isa::Field::kRa], m * isa::kRegisterBytes};
  const Operand sums{i[isa::Field::kRc], isa::RowSumBytes(m)};
  if (Trap t = CheckWithin(state, std::array{tables, rows, sums}); !t.ok()) return t;
  if (Trap t = CheckApart(tables, std::array{rows, sums}); !t.ok()) return t;
  if (Trap t = CheckApart(sums, std::array{rows}); !t.ok()) return t;
  const isa::RowSumKind kind = isa::RowSumsOf(type);
  if (Trap t = CheckRowKind(state, sums.first, m, kind); !t.ok()) return t;
  std::byte* rd = state.Register(tables.first);
  for (size_t row = 0; row < m; ++row) {
    const TableActs acts = LoadActs(state.Register(rows.first) + row * isa::kRegisterBytes, i);
    if (type == isa::ActType::kLut8) {
      StoreRoundedTable(rd, i, row, acts);
    } else {
      StoreTable(rd, i, row, acts);
    }
    AddRowSum(state.Register(sums.first), row, type, acts.sum);
  }
  StoreAs(state.Register(sums.first), RowKindAt(m), static_cast<uint32_t>(kind));
  CountOperands(state, std::array{rows, sums}, std::array{tables, sums});
  state.counters.table_adds += m * TableAdds(k);
  return {};
}

}  // namespace lutgemm::model::func

#endif  // LUTGEMM_MODEL_FUNC_EXEC_LUTGEN_H_
