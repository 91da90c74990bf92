// Made by codegen/lutgen from formats.toml and layouts.toml. Do not edit.
// Lists of formats, and what they have by default, for help texts.
#ifndef LUTGEMM_TOOLS_CONSOLE_GEN_FORMAT_LISTS_H_
#define LUTGEMM_TOOLS_CONSOLE_GEN_FORMAT_LISTS_H_

namespace lutgemm::tools {

// What --format takes.
inline constexpr char kFormatList[] =
    "int1 to int6, int8, ternary, bitmod3, bitmod4, mxfp4, nvfp4, nf4, codebook:FILE (up to "
    "16 numbers), bfp<m>b<n> (m = 3 to 8 bits, blocks of n = 16, 32, 64 or 128)";
// Groups by default.
inline constexpr char kGroupDefaults[] =
    "128; ternary: tensor; nf4: 64; mxfp4, nvfp4 and bfp have groups of their own";
// Types of scales by default.
inline constexpr char kScaleDefaults[] =
    "f16; bitmod: u8; mxfp4, bfp: e8m0; nvfp4: e4m3";
// Layouts and what they hold.
inline constexpr char kLayoutList[] =
    "planes (int1 to int6, int8, ternary, bitmod3, bfp3 to bfp8), trits (ternary with group "
    "row or tensor) or codes (int4, bitmod4, mxfp4, nvfp4, nf4, codebook, bfp4)";

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_CONSOLE_GEN_FORMAT_LISTS_H_
