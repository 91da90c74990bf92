#include "tools/command/graph/report.h"

#include "tools/command/common/simulator.h"

#include <fmt/core.h>

namespace lutgemm::tools {
namespace {

namespace lower = model::lower;

Json TrafficJson(const lower::GraphTraffic& t) {
  return {{"values_written", t.values_written},
          {"values_read", t.values_read},
          {"tables_written", t.tables_written},
          {"tables_read", t.tables_read},
          {"total", t.total()}};
}

Json NodesJson(const lower::Graph& graph) {
  Json nodes = Json::array();
  for (const lower::Node& node : graph.nodes) {
    nodes.push_back({{"op", Name(node.op)},
                     {"name", node.name},
                     {"inputs", node.inputs},
                     {"width", node.width},
                     {"value", node.gives_value},
                     {"tables", node.gives_tables}});
  }
  return nodes;
}

void PrintNodes(const lower::Graph& graph) {
  Table table({"node", "<op", "<inputs", "width", "<gives"});
  for (const lower::Node& node : graph.nodes) {
    std::string inputs;
    for (const size_t input : node.inputs) {
      inputs += (inputs.empty() ? "" : " ") + graph.nodes[input].name;
    }
    table.Add(
        {node.name, std::string(Name(node.op)), inputs, fmt::format("{}", node.width),
         fmt::format("{}{}", node.gives_value ? "value " : "", node.gives_tables ? "tables" : "")});
  }
  table.Print();
}

}  // namespace

Json GraphJson(const GraphOptions& options, const GraphReport& report) {
  Json fusions = Json::array();
  for (const lower::Fusion& fusion : report.fusions) {
    fusions.push_back({{"producer", fusion.producer},
                       {"products", fusion.consumers},
                       {"fused", fusion.fused},
                       {"keeps_value", fusion.keeps_value},
                       {"reason", fusion.fused ? Json(nullptr) : Json(fusion.reason)}});
  }
  Json json = {{"model", options.model},
               {"machine", options.machine},
               {"tables", Name(options.tables)},
               {"tokens", report.tokens},
               {"products", report.result.Count(lower::NodeOp::kLookup)},
               {"precompute_unshared", report.unshared},
               {"precompute", report.precomputes},
               {"precompute_left", report.result.Count(lower::NodeOp::kPrecompute)},
               {"fusions", std::move(fusions)},
               {"traffic",
                {{"unshared", TrafficJson(report.before)}, {"result", TrafficJson(report.after)}}},
               {"bit_equal", report.bit_equal},
               {"table_builds", report.table_builds},
               {"array_cycles", report.counters.array_cycles},
               {"nodes", NodesJson(report.result)}};
  json.update(CountersJson(report.counters));
  return json;
}

void PrintGraph(const GraphOptions& options, const GraphReport& report) {
  if (options.nodes) PrintNodes(report.result);
  Table fusions({"producer", "products", "<precompute"});
  for (const lower::Fusion& fusion : report.fusions) {
    fusions.Add({fusion.producer, fmt::format("{}", fusion.consumers),
                 fusion.fused ? (fusion.keeps_value ? "fused, value kept" : "fused")
                              : "apart: " + fusion.reason});
  }
  fusions.Print();
  fmt::print("\nproducts   {}; precompute {}, shared {}, left apart {}\n",
             report.result.Count(lower::NodeOp::kLookup), report.unshared, report.precomputes,
             report.result.Count(lower::NodeOp::kPrecompute));
  fmt::print("traffic    {} with tables for each product, {} now ({} tokens, tables {})\n",
             BytesText(report.before.total()), BytesText(report.after.total()), report.tokens,
             Name(options.tables));
  fmt::print("run        {} logits of the untransformed graph; tables made {} times\n",
             report.bit_equal ? "equal to the" : "DIFFERENT from the", report.table_builds);
  fmt::print("cycles     {} of one array\n", report.counters.array_cycles);
  PrintCounters(report.counters);
}

}  // namespace lutgemm::tools
