#include "tools/measure/onednn.h"

#include <fmt/core.h>
#include <lutgemm/plan.hpp>

#include <string_view>
#include <utility>
#include <vector>

#if defined(LUTGEMM_HAVE_ONEDNN)
#include <dlfcn.h>
#include <dnnl.hpp>
#endif

namespace lutgemm::tools {

#if defined(LUTGEMM_HAVE_ONEDNN)

namespace {

using Desc = dnnl::memory::desc;
using Type = dnnl::memory::data_type;
using Tag = dnnl::memory::format_tag;

dnnl::matmul::primitive_desc MakeDesc(const dnnl::engine& engine, const Desc& act,
                                      const Desc& weights, const Desc& out) {
#if LUTGEMM_ONEDNN_MAJOR >= 3
  return dnnl::matmul::primitive_desc(engine, act, weights, out);
#else
  return dnnl::matmul::primitive_desc(dnnl::matmul::desc(act, weights, out), engine);
#endif
}

// What oneDNN throws becomes a Status.
template <class Body>
auto Caught(const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const dnnl::error& error) {
    return Status(Code::kInternal, fmt::format("oneDNN: {}", error.what()));
  }
}

// oneDNN takes AVX2 to mean FMA as well, and dies where a processor has the one alone. Before the
// first of its objects.
void MatchInstructions() {
  const std::string_view best = Targets().front();
  if (best == "SSE4" || best == "PORTABLE") dnnl::set_max_cpu_isa(dnnl::cpu_isa::sse41);
}

}  // namespace

struct OneDnnProduct::Impl {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  Desc act, out, plain_weights;
  dnnl::matmul::primitive_desc desc;
  dnnl::matmul product;
  std::vector<dnnl::memory> weights;
};

bool HaveOneDnn() { return true; }

// The distribution's oneDNN runs on OpenMP, which reads its environment only once, at load time.
bool SetOneDnnThreads(size_t threads) {
  using SetFn = void (*)(int);
  const auto set = reinterpret_cast<SetFn>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (set == nullptr) return false;
  set(static_cast<int>(threads));
  return true;
}

Result<OneDnnProduct> OneDnnProduct::Make(const OneDnnShape& shape) {
  return Caught([&]() -> Result<OneDnnProduct> {
    MatchInstructions();
    auto impl = std::make_unique<Impl>();
    const bool f32 = shape.kind == OneDnnShape::Kind::kF32;
    const auto dim = [](size_t value) { return static_cast<dnnl::memory::dim>(value); };
    const dnnl::memory::dims kn{dim(shape.k), dim(shape.n)};
    const Type weight_type = f32 ? Type::f32 : Type::s8;
    impl->act = Desc({dim(shape.m), dim(shape.k)}, f32 ? Type::f32 : Type::u8, Tag::ab);
    impl->out = Desc({dim(shape.m), dim(shape.n)}, f32 ? Type::f32 : Type::s32, Tag::ab);
    impl->plain_weights = Desc(kn, weight_type, Tag::ba);  // [n][k]
    impl->desc = MakeDesc(impl->engine, impl->act, Desc(kn, weight_type, Tag::any), impl->out);
    impl->product = dnnl::matmul(impl->desc);
    return OneDnnProduct(std::move(impl));
  });
}

Status OneDnnProduct::AddWeights(const void* weights) {
  return Caught([&]() -> Status {
    // oneDNN takes plain pointers even for what it only reads.
    dnnl::memory from(impl_->plain_weights, impl_->engine, const_cast<void*>(weights));
    dnnl::memory to(impl_->desc.weights_desc(), impl_->engine);
    dnnl::reorder(from, to).execute(impl_->stream, from, to);
    impl_->stream.wait();
    impl_->weights.push_back(std::move(to));
    return {};
  });
}

size_t OneDnnProduct::weight_bytes() const { return impl_->desc.weights_desc().get_size(); }
std::string OneDnnProduct::implementation() const { return impl_->desc.impl_info_str(); }

Status OneDnnProduct::Run(size_t copy, const void* act, void* out) const {
  return Caught([&]() -> Status {
    const dnnl::memory from(impl_->act, impl_->engine, const_cast<void*>(act));
    const dnnl::memory to(impl_->out, impl_->engine, out);
    impl_->product.execute(
        impl_->stream,
        {{DNNL_ARG_SRC, from}, {DNNL_ARG_WEIGHTS, impl_->weights[copy]}, {DNNL_ARG_DST, to}});
    impl_->stream.wait();
    return {};
  });
}

#else

struct OneDnnProduct::Impl {};

namespace {
Status Missing() { return {Code::kUnsupportedFormat, "this command was built without oneDNN"}; }
}  // namespace

bool HaveOneDnn() { return false; }
bool SetOneDnnThreads(size_t) { return false; }
Result<OneDnnProduct> OneDnnProduct::Make(const OneDnnShape&) { return Missing(); }
Status OneDnnProduct::AddWeights(const void*) { return Missing(); }
size_t OneDnnProduct::weight_bytes() const { return 0; }
std::string OneDnnProduct::implementation() const { return {}; }
Status OneDnnProduct::Run(size_t, const void*, void*) const { return Missing(); }

#endif

OneDnnProduct::OneDnnProduct(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OneDnnProduct::OneDnnProduct(OneDnnProduct&&) noexcept = default;
OneDnnProduct& OneDnnProduct::operator=(OneDnnProduct&&) noexcept = default;
OneDnnProduct::~OneDnnProduct() = default;

}  // namespace lutgemm::tools
