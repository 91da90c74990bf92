// What fuzz targets and mutation tests do with damaged texts: read them, and if that went well, use
// what they say. Each tells whether the text was taken.
#ifndef LUTGEMM_TESTS_FUZZ_TEXT_READERS_H_
#define LUTGEMM_TESTS_FUZZ_TEXT_READERS_H_

#include "fuzz/readers.h"
#include "model/cost/gemm.h"
#include "model/cost/roofline.h"
#include "model/func/machine.h"
#include "model/isa/asm.h"
#include "model/isa/disasm.h"
#include "model/isa/program.h"
#include "model/lower/gemm.h"
#include "model/machine/machine_file.h"
#include "plan/profile.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace lutgemm::fuzz {

inline std::string_view TextOf(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Machine files as the cost model reads them: a machine has finite costs.
inline bool ReadMachine(std::string_view text) {
  const auto machine = model::machine::ReadMachine(text, kName);
  RequireClean(machine.status());
  if (!machine.ok()) return false;
  for (const unsigned weight_bits : {1u, 4u}) {
    const model::cost::GemmCost cost =
        model::cost::EstimateGemm({37, 300, 129}, *machine, weight_bits);
    Require(std::isfinite(cost.cycles) && cost.cycles > 0);
    Require(std::isfinite(cost.energy.Total()) && cost.energy.Total() >= 0);
    Require(std::isfinite(model::cost::SmArea(*machine, weight_bits).Total()));
    model::cost::UseOf(*machine, weight_bits);
    model::cost::RooflineByTables({1, 300, 129}, *machine, weight_bits);
  }
  return true;
}

// And as the compiler does: a product is compiled for the target, or does not fit it.
inline bool ReadTarget(std::string_view text) {
  const auto target = model::machine::ReadArray(text, kName);
  RequireClean(target.status());
  if (!target.ok()) return false;
  WeightInfo info;
  info.format = WeightFormat::kInt2;
  info.n = 70;
  info.k = 50;
  info.group = 20;
  const auto gemm = model::lower::CompileGemm({.m = 5}, info, *target);
  Require(gemm.ok() || gemm.status().code() == Code::kWorkspaceTooSmall);
  return true;
}

// Whatever words say, a machine runs them to an end or a trap.
inline void RunWords(std::span<const uint64_t> words) {
  using model::func::Adder;
  using model::func::Mode;
  for (const auto& [mode, adder] :
       {std::pair(Mode::kExact, Adder::kIeee), std::pair(Mode::kRtl, Adder::kFlush)}) {
    model::func::Config config;
    config.registers = 40;
    config.scratchpad_bytes = 1000;
    config.global_bytes = 2000;
    config.mode = mode;
    config.exponent_quirk = true;
    config.adder = adder;
    config.max_steps = 100;
    model::func::Machine machine(config);
    for (size_t i = 0; i < config.global_bytes; ++i) {
      machine.state().global[i] = static_cast<std::byte>(i * 37);
    }
    const model::func::Trap trap = machine.Run(words);
    Require(trap.ok() == trap.text.empty());
  }
}

// Words that can be shown as text are those of the text.
inline bool ReadWords(std::span<const uint64_t> words) {
  RunWords(words);
  const auto text = model::isa::Disassemble(words);
  if (!text.ok()) return false;
  const model::isa::Assembled again = model::isa::Assemble(*text);
  Require(again.ok() &&
          std::equal(words.begin(), words.end(), again.words.begin(), again.words.end()));
  return true;
}

// Assembly text: at most one error per line, each with its place.
inline bool ReadAsm(std::string_view text) {
  const model::isa::Assembled assembled = model::isa::Assemble(text);
  size_t line = 0;
  for (const model::isa::Diagnostic& error : assembled.errors) {
    Require(error.line > line && error.column >= 1);
    Require(!error.text.empty() && error.text.size() < 600);
    line = error.line;
  }
  Require(line <= 1 + static_cast<size_t>(std::count(text.begin(), text.end(), '\n')));
  if (!assembled.ok()) return false;
  Require(assembled.lines.size() == assembled.words.size());
  Require(ReadWords(assembled.words));
  return true;
}

// Program files; their words need not be instructions.
inline bool ReadProgram(std::string_view bytes) {
  const auto words = model::isa::ProgramWords(bytes);
  if (!words.ok()) return false;
  Require(model::isa::ProgramBytes(*words) == bytes);
  return ReadWords(*words);
}

// Profiles of measured kernels: what is accepted is written and read again.
inline bool ReadProfile(std::string_view text) {
  const auto profile = plan::Profile::Parse(text, kName);
  RequireClean(profile.status());
  if (!profile.ok()) return false;
  const auto again = plan::Profile::Parse(profile->ToText(), kName);
  Require(again.ok() && again->entries().size() == profile->entries().size());
  return true;
}
// The lines of a profile that name this machine, which a fuzzer could not guess.
inline std::string ProfileHead() {
  const std::string empty = plan::Profile().ToText();
  return empty.substr(0, empty.rfind("end "));
}

}  // namespace lutgemm::fuzz

#endif  // LUTGEMM_TESTS_FUZZ_TEXT_READERS_H_
