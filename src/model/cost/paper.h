// Figures printed in the LUT Tensor Core paper (ISCA 2025) that the model is held against, and
// arithmetic on them. Nothing here is computed by our model; "second hand" marks what reached us
// through summaries of the paper.
#ifndef LUTGEMM_MODEL_COST_PAPER_H_
#define LUTGEMM_MODEL_COST_PAPER_H_

#include <cstddef>
#include <string_view>

namespace lutgemm::model::cost::paper {

// Table 1, normalised to 28 nm and 1.41 GHz; rows of lookup suppose doubled registers.
struct Table1Row {
  std::string_view name;
  double prefill_ms;  // batch 1, 2048 tokens
  double decode_ms;   // batch 1024, 1 token
  double peak_tops;
  double sm_mm2;         // tensor cores of one SM
  double tops_per_mm2;   // as printed
  double tops_per_watt;  // second hand; 0 where unknown
  size_t sms;
  size_t weight_bits;
};
inline constexpr Table1Row kTable1[] = {
    {"A100 FP16 TC, W16A16", 106.71, 41.15, 312, 0.975, 2.96, 2.98, 108, 16},
    {"A100 INT8 TC, W2A8", 67.06, 21.70, 624, 0.312, 17.73, 19.94, 108, 8},
    {"A100 LUT-4X, W2A8", 42.49, 11.41, 1248, 0.187, 61.84, 33.32, 108, 2},
    {"A100 LUT-8X, W2A8", 38.02, 7.47, 2496, 0.373, 61.95, 33.65, 108, 2},
    {"H100 FP8 TC, W8A8", 38.20, 12.30, 1525, 0.918, 12.59, 0, 132, 8},
    {"H100 LUT-4X, W2A8", 28.70, 9.90, 1525, 0.488, 23.69, 0, 132, 2},
    {"H100 LUT-8X, W2A8", 23.48, 5.97, 3049, 0.909, 25.40, 17.32, 132, 2},
};
inline constexpr double kClockGhz = 1.41;  // of Table 1
inline constexpr size_t kFp16Fma = 1024;   // per cycle and SM of the A100: "1X"

// peak / (area * SMs).
double DensityOf(const Table1Row& row);
// Multiply-accumulates per cycle and SM that the peak stands for.
double MacsPerCycleOf(const Table1Row& row);
// The X of "nX": throughput at W_BIT bits relative to the A100's FP16 array.
double ScaleOf(const Table1Row& row);

// Table 2: W2A8, 512 1-bit MACs per cycle; um2 (the header says mm2, which cannot be meant) and mW.
struct Table2Row {
  std::string_view step;
  double um2;
  double density;  // times the first row, as printed
  double milliwatt;
  double efficiency;  // times the first row, as printed
};
inline constexpr Table2Row kTable2[] = {
    {"UNPU re-implementation", 17271.71, 1.0, 23.39, 1.0},
    {"+ weight reinterpretation", 13116.60, 1.317, 17.98, 1.301},
    {"+ negation circuit elimination", 12780.05, 1.351, 17.37, 1.347},
    {"+ graph transform and fusion", 11991.29, 1.440, 16.22, 1.442},
};

// Table 3: one processing element, W1A8.
inline constexpr double kPeTopsPerWatt = 63.78;

// Table 4: one layer on a GPU, in ms.
struct Table4Row {
  std::string_view model;
  std::string_view batch;
  bool decode;
  double welder_ms;
  double separate_ms;  // + precompute as an operator of its own
  double fused_ms;     // + precompute fused into its producer
};
inline constexpr Table4Row kTable4[] = {
    {"OPT-175B", "BS1 SEQ2048", false, 32.38, 38.77, 33.63},
    {"OPT-175B", "BS1024 SEQ1", true, 14.99, 17.43, 15.50},
    {"BLOOM-176B", "BS1 SEQ4096", false, 107.11, 129.85, 108.38},
    {"BLOOM-176B", "BS1024 SEQ1", true, 20.99, 26.05, 21.31},
    {"LLAMA2-70B", "BS1 SEQ4096", false, 34.68, 37.60, 35.65},
    {"LLAMA2-70B", "BS1024 SEQ1", true, 11.45, 15.21, 11.75},
};
struct Overhead {
  double separate;  // of Welder's time: 0.16 is 16 %
  double fused;
};
Overhead OverheadOf(const Table4Row& row);
// Mean over the rows of prefill, or of decode.
Overhead MeanOverhead(bool decode);
inline constexpr Overhead kPrefillPercent = {16.47, 2.62};  // of 100, as printed
inline constexpr Overhead kDecodePercent = {24.41, 2.52};

// Figures in the text.
inline constexpr double kDp4LutTops = 61.55;        // TFLOPs/mm2, W1A16
inline constexpr double kDp4MacTops = 3.39;         // FP16 x FP16
inline constexpr double kW1A16AreaShare = 0.143;    // 1X, of the FP16 MAC tensor core
inline constexpr double kW1A16AreaShare4x = 0.572;  // 4X
inline constexpr unsigned kLutBeatsMacBits = 6;     // Fig 13, A_FP16, N = 4: up to 6 bits
inline constexpr unsigned kConventionalBeatsMacBits = 2;
inline constexpr unsigned kAddBeatsMacBits = 2;

// Accel-Sim traces of FP16 kernels stand for lookup kernels by repeating each HMMA
// 16 / (W_BIT * S) times, S the scale of the array; below 1 its latency shrinks instead.
constexpr double Duplication(double weight_bits, double scale) {
  return 16.0 / (weight_bits * scale);
}

}  // namespace lutgemm::model::cost::paper

#endif  // LUTGEMM_MODEL_COST_PAPER_H_
