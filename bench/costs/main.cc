// costs: measures kernels, and says what coefficients of the choice by cost are fitted to.
#include "bench/costs/ahead.h"
#include "bench/costs/check.h"
#include "bench/costs/features.h"
#include "bench/costs/measure.h"
#include "bench/costs/pins.h"

#include <CLI/CLI.hpp>

#include <iostream>

int main(int argc, char** argv) {
  using namespace lutgemm::bench;
  CLI::App app("What the plan's choice by cost rests on (bench/costs/README.md)");
  app.require_subcommand(1);
  MeasureOptions options;
  CLI::App* measure = app.add_subcommand("measure", "time every kernel; a table on stdout");
  measure->add_option("--core", options.core, "name of this core: xeon, zen4, zen5")->required();
  measure->add_option("--target", options.target, "the target to force [each]");
  measure->add_option("--threads", options.threads, "threads that multiply [1]");
  measure->add_option("--turn-ms", options.turn_ms, "time of each turn of a kernel, at least [2]");
  measure->add_flag("--smoke", options.smoke, "tiny products that say nothing about speed");
  CLI::App* features =
      app.add_subcommand("features", "a table from stdin, with the work of every line, on stdout");
  CLI::App* pins = app.add_subcommand("pins", "every choice, as tests/plan/choice_pins.csv has it");
  CheckOptions check;
  CLI::App* checks = app.add_subcommand("check", "chosen kernels beside the fastest, here");
  checks->add_option("--target", check.target, "the target to force [the best]");
  checks->add_option("--threads", check.threads, "each by itself [1 2]");
  checks->add_option("--levels", check.levels, "where weights come from, each by itself [L3 DRAM]")
      ->check(CLI::IsMember({"L2", "L3", "DRAM"}));
  checks->add_option("--tokens", check.tokens, "numbers of tokens [15 from 1 to 512]");
  checks->add_option("--shapes", check.shapes, "NxK [six usual ones and two odd ones]");
  checks->add_option("--turn-ms", check.turn_ms, "time of each of three turns, at least [3]");
  AheadOptions distances;
  CLI::App* ahead = app.add_subcommand(
      "ahead", "kernels with several distances of prefetching; a table on stdout");
  ahead->add_option("--target", distances.target, "the target to force [each]");
  ahead->add_option("--distances", distances.distances,
                    "bytes, multiples of 64 [six from 1 to 6 KiB]");
  ahead->add_option("--turn-ms", distances.turn_ms, "time of each of six turns, at least [2]");
  CLI11_PARSE(app, argc, argv);
  if (*measure) return Measure(options);
  if (*features) return PrintFeatures(std::cin);
  if (*checks) return Check(check);
  if (*ahead) return MeasureAhead(distances);
  if (*pins) PrintPins();
}
