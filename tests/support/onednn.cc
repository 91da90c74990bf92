// One matmul for all element types, over the C++ interface of oneDNN 2.6 or 3.x.
#if defined(LUTGEMM_HAVE_ONEDNN)

#include "support/onednn.h"

#include <dnnl.hpp>
#include <lutgemm/plan.hpp>

namespace lutgemm::test::onednn {
namespace {

using Type = dnnl::memory::data_type;
using Tag = dnnl::memory::format_tag;

dnnl::matmul::primitive_desc Describe(const dnnl::engine& engine, const dnnl::memory::desc& act,
                                      const dnnl::memory::desc& weights,
                                      const dnnl::memory::desc& out) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, act, weights, out};
#else
  return {dnnl::matmul::desc(act, weights, out), engine};
#endif
}

// oneDNN takes memory that it may write to, so inputs lose their const here.
template <class T>
dnnl::memory Borrow(const dnnl::memory::desc& desc, const dnnl::engine& engine,
                    const std::vector<T>& values) {
  return {desc, engine, const_cast<T*>(values.data())};
}

struct Types {
  Type act, weights, out;
};

template <class Out, class Act, class Weight>
std::vector<Out> Matmul(const std::vector<Act>& act, const std::vector<Weight>& weights,
                        const Shape& shape, const Types& types) {
  // oneDNN takes AVX2 to mean FMA as well.
  if (Targets().front() == "SSE4") dnnl::set_max_cpu_isa(dnnl::cpu_isa::sse41);
  const auto m = static_cast<dnnl::memory::dim>(shape.m);
  const auto n = static_cast<dnnl::memory::dim>(shape.n);
  const auto k = static_cast<dnnl::memory::dim>(shape.k);
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  // oneDNN's second matrix is K x N; ours lies transposed in memory.
  const dnnl::memory::desc act_desc({m, k}, types.act, Tag::ab);
  const dnnl::memory::desc weight_desc({k, n}, types.weights, Tag::ba);
  const dnnl::memory::desc out_desc({m, n}, types.out, Tag::ab);

  std::vector<Out> out(shape.m * shape.n);
  const dnnl::matmul matmul(Describe(engine, act_desc, weight_desc, out_desc));
  dnnl::stream stream(engine);
  matmul.execute(stream, {{DNNL_ARG_SRC, Borrow(act_desc, engine, act)},
                          {DNNL_ARG_WEIGHTS, Borrow(weight_desc, engine, weights)},
                          {DNNL_ARG_DST, Borrow(out_desc, engine, out)}});
  stream.wait();
  return out;
}

}  // namespace

std::vector<float> MatmulF32(const std::vector<float>& act, const std::vector<float>& weights,
                             const Shape& shape) {
  return Matmul<float>(act, weights, shape, {Type::f32, Type::f32, Type::f32});
}

std::vector<int32_t> MatmulS8S8(const std::vector<int8_t>& act, const std::vector<int8_t>& weights,
                                const Shape& shape) {
  return Matmul<int32_t>(act, weights, shape, {Type::s8, Type::s8, Type::s32});
}

std::vector<int32_t> MatmulU8S8(const std::vector<uint8_t>& act, const std::vector<int8_t>& weights,
                                const Shape& shape) {
  return Matmul<int32_t>(act, weights, shape, {Type::u8, Type::s8, Type::s32});
}

}  // namespace lutgemm::test::onednn

#endif  // LUTGEMM_HAVE_ONEDNN
