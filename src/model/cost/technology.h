// Constants of the area and energy model. Areas are gate equivalents (GE) turned into um2 by one
// lumped factor; docs/model-cost.md says where each number comes from and how far it reaches.
#ifndef LUTGEMM_MODEL_COST_TECHNOLOGY_H_
#define LUTGEMM_MODEL_COST_TECHNOLOGY_H_

namespace lutgemm::model::cost {

// Defaults: 28 nm, calibrated on figures of the paper.
struct Technology {
  // Gate equivalents.
  double register_ge = 6.0;         // per bit
  double mux_ge = 2.33;             // per bit and 2:1 stage: an n:1 MUX has n - 1
  double xor_ge = 2.3;              // per bit: conditional negation, complement of an index
  double int_adder_ge = 5.5;        // per bit
  double float_adder_ge = 1000.0;   // FP16
  double int_multiplier_ge = 6.83;  // per pair of bits: an AND gate and a full adder
  // Per pair of significand bits, such that four FP16 multiply-adds and an accumulator take the
  // 2360 um2 of the paper's DP4 (3.39 TFLOPs/mm2 at 1 GHz).
  double float_multiplier_ge = 10.42;

  // 11991.29 um2 (paper, Table 2, last row) / 46448.64 GE of the same array.
  double um2_per_ge = 11991.29 / 46448.64;
  // One lookup-accumulate is 8 operations at 63.78 TOPs/W (paper, Table 3): 125 fJ. 128 of them
  // per cycle / 44912.64 GE of that array, W1A8.
  double lookup_fj = 8e3 / 63.78;  // 8-bit entries; others in proportion
  double fj_per_ge = 128 * (8e3 / 63.78) / 44912.64;
  double multiplier_activity = 0.5;  // ours; between the two MAC rows of Table 1

  // Ours: a broadcast wire is a tree of buffers, and as long as the units it passes.
  double buffer_ge = 1.0;
  double fanout = 4.0;
  double wire_fj_per_um = 0.08;  // 0.2 fF/um at 0.9 V
  double wire_activity = 0.5;

  double register_file_um2_per_bit = 0.3;  // ours: banked SRAM with its periphery
};

}  // namespace lutgemm::model::cost

#endif  // LUTGEMM_MODEL_COST_TECHNOLOGY_H_
