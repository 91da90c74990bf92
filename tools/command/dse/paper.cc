#include "tools/command/dse/paper.h"

#include "model/cost/validation.h"

#include <fmt/core.h>

namespace lutgemm::tools {
namespace {

using model::cost::Comparison;

double Difference(const Comparison& c) { return c.ours / c.paper - 1; }

}  // namespace

Json PaperJson() {
  Json rows = Json::array();
  for (const Comparison& c : model::cost::CompareWithPaper()) {
    rows.push_back({{"what", c.what},
                    {"source", c.source},
                    {"unit", c.unit},
                    {"paper", c.paper},
                    {"ours", c.ours},
                    {"difference", Difference(c)},
                    {"agreement", Name(c.agreement)}});
  }
  return {{"comparisons", std::move(rows)}};
}

void PrintPaper() {
  Table table({"figure", "<where", "paper", "ours", "<unit", "off by", "<agreement"});
  for (const Comparison& c : model::cost::CompareWithPaper()) {
    table.Add({c.what, std::string(c.source), fmt::format("{:.6g}", c.paper),
               fmt::format("{:.4g}", c.ours), std::string(c.unit),
               fmt::format("{:+.3g} %", 100 * Difference(c)), std::string(Name(c.agreement))});
  }
  table.Print();
}

}  // namespace lutgemm::tools
