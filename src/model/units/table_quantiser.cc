#include "model/units/table_quantiser.h"

#include "base/bits.h"
#include "format/table.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lutgemm::model::units {
namespace {

using Acts = std::array<double, format::kMaxTableK>;

Acts ActsOf(std::span<const float> act, size_t table, size_t k) {
  Acts acts{};
  for (size_t i = 0; i < k && table * k + i < act.size(); ++i) acts[i] = act[table * k + i];
  return acts;
}

double Magnitude(const Acts& acts) {
  double sum = 0.0;
  for (const double a : acts) sum += std::fabs(a);
  return sum;
}

size_t TablesPerScale(const TableQuantiser& quantiser, size_t tables) {
  if (quantiser.scope == ScaleScope::kRow) return std::max<size_t>(tables, 1);
  return quantiser.scope == ScaleScope::kBlock ? quantiser.block_tables : 1;
}

}  // namespace

QuantisedTables QuantiseTables(std::span<const float> act, const TableQuantiser& quantiser) {
  const size_t tables = base::CeilDiv(act.size(), quantiser.k);
  const size_t shared = TablesPerScale(quantiser, tables);
  QuantisedTables quantised;
  for (size_t first = 0; first < tables; first += shared) {
    const size_t end = std::min(first + shared, tables);
    double magnitude = 0.0;
    for (size_t t = first; t < end; ++t) {
      magnitude = std::max(magnitude, Magnitude(ActsOf(act, t, quantiser.k)));
    }
    quantised.scales.insert(quantised.scales.end(), end - first, format::TableScale(magnitude));
  }
  const size_t size = format::TableSize(static_cast<unsigned>(quantiser.k));
  quantised.entries.resize(tables * size);
  for (size_t t = 0; t < tables; ++t) {
    RoundTable(ActsOf(act, t, quantiser.k).data(), quantiser.k, quantised.scales[t],
               &quantised.entries[t * size]);
  }
  return quantised;
}

}  // namespace lutgemm::model::units
