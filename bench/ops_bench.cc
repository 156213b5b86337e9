// Every op at the shapes of SmolLM2-135M, as a training step meets it: a product finds its weights in memory,
// not in a cache. GFLOPS of the matrix products, milliseconds of the others; ops_table.py makes a table of a
// whole step of them. bf16 products are slow where the processor has no such instruction.
//   pbb_ops_bench --benchmark_filter=T:1024
#include <benchmark/benchmark.h>

#include <cstring>
#include <numeric>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "base/random.h"
#include "peaks.h"
#include "tensor/memory_read.h"
#include "tensor/ops/adamw.h"
#include "tensor/ops/attention.h"
#include "tensor/ops/cross_entropy.h"
#include "tensor/ops/embedding.h"
#include "tensor/ops/linear.h"
#include "tensor/ops/product_cpu.h"
#include "tensor/ops/rms_norm.h"
#include "tensor/ops/rope.h"
#include "tensor/ops/swiglu.h"

namespace pbb {
namespace {

constexpr std::int64_t width = 576;
constexpr std::int64_t feed_forward = 1536;
constexpr std::int64_t vocabulary = 49152;
constexpr std::int64_t parameters = 134'515'008;
constexpr AttentionShape attention_shape{9, 3, 64};

Tensor random_tensor(std::vector<std::int64_t> shape, DataType type) {
  Tensor wide(shape, DataType::f32);
  Random random(7, "bench");
  for (float& value : wide.span<float>()) value = static_cast<float>(random.uniform() - 0.5);
  if (type == DataType::f32) return wide;
  Tensor narrow(std::move(shape), type);
  convert(wide, narrow);
  return narrow;
}

std::vector<std::int32_t> random_tokens(std::int64_t count) {
  Random random(7, "tokens");
  std::vector<std::int32_t> tokens(static_cast<std::size_t>(count));
  for (auto& token : tokens) token = static_cast<std::int32_t>(random.integer(0, vocabulary - 1));
  return tokens;
}

DataType type_argument(const benchmark::State& state, std::size_t index) {
  return static_cast<DataType>(state.range(index));
}

void report_products(benchmark::State& state, std::int64_t rows, std::int64_t out, std::int64_t in) {
  const double products =
      2.0 * static_cast<double>(rows) * static_cast<double>(out) * static_cast<double>(in);
  state.counters["GFLOPS"] = benchmark::Counter(products * static_cast<double>(state.iterations()) * 1e-9,
                                                benchmark::Counter::kIsRate);
}

// One after the other of as many as no cache holds.
template <typename Item>
class Rotation {
 public:
  template <typename Make>
  Rotation(std::int64_t bytes_each, const Make& make) {
    constexpr std::int64_t enough_bytes = 256 << 20;
    for (std::int64_t held = 0; held < enough_bytes; held += bytes_each) items_.push_back(make());
  }
  Item& next() { return items_[turn_++ % items_.size()]; }

 private:
  std::vector<Item> items_;
  std::size_t turn_ = 0;
};

// Arguments: rows, out, in, compute type.
Rotation<LinearWeight> weights_for(const benchmark::State& state, bool trainable) {
  return {state.range(1) * state.range(2) * 4, [&] {
            return LinearWeight(random_tensor({state.range(1), state.range(2)}, DataType::f32),
                                type_argument(state, 3), trainable);
          }};
}

void linear_forward(benchmark::State& state) {
  const DataType type = type_argument(state, 3);
  Rotation<LinearWeight> weights = weights_for(state, false);
  const Tensor x = random_tensor({state.range(0), state.range(2)}, type);
  Tensor y({state.range(0), state.range(1)}, type);
  for (auto _ : state) pbb::linear_forward(x, weights.next(), y);
  report_products(state, state.range(0), state.range(1), state.range(2));
}

void linear_backward_input(benchmark::State& state) {
  const DataType type = type_argument(state, 3);
  Rotation<LinearWeight> weights = weights_for(state, true);
  const Tensor dy = random_tensor({state.range(0), state.range(1)}, type);
  Tensor dx({state.range(0), state.range(2)}, type);
  for (auto _ : state) pbb::linear_backward_input(dy, weights.next(), dx);
  report_products(state, state.range(0), state.range(1), state.range(2));
}

void linear_backward_weight(benchmark::State& state) {
  const DataType type = type_argument(state, 3);
  const Tensor x = random_tensor({state.range(0), state.range(2)}, type);
  const Tensor dy = random_tensor({state.range(0), state.range(1)}, type);
  Rotation<Tensor> gradients(state.range(1) * state.range(2) * 4, [&] {
    return Tensor({state.range(1), state.range(2)}, DataType::f32);
  });
  for (auto _ : state) pbb::linear_backward_weight(dy, x, gradients.next(), false);
  report_products(state, state.range(0), state.range(1), state.range(2));
}

// What the same cores reach on (m, k) · (k, n) alone: oneDNN, the right operand packed as it likes best, all
// operands where the last call left them. The peak that a step's share is taken of.
void packed_product(benchmark::State& state) {
  using Layout = dnnl::memory::desc;
  using Tag = dnnl::memory::format_tag;
  const auto type =
      type_argument(state, 3) == DataType::f32 ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
  const std::int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const Layout left({m, k}, type, Tag::ab);
  const Layout result({m, n}, type, Tag::ab);
  const dnnl::matmul::primitive_desc description({left, Layout({k, n}, type, Tag::any), result}, engine);
  const dnnl::memory a(left, engine), b(description.weights_desc(), engine), c(result, engine);
  for (const dnnl::memory& memory : {a, b}) {
    std::memset(memory.get_data_handle(), 0, memory.get_desc().get_size());
  }
  dnnl::stream stream(engine);
  const dnnl::matmul product(description);
  for (auto _ : state) {
    product.execute(stream, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
    stream.wait();
  }
  report_products(state, m, n, k);
}

// What follows every update of the weights: renewing the copies that bf16 products take.
void linear_refresh(benchmark::State& state) {
  Rotation<LinearWeight> weights = weights_for(state, true);
  for (auto _ : state) weights.next().refresh();
  state.SetBytesProcessed(state.iterations() * state.range(1) * state.range(2) * 12);
}

// A product with each kind of tiles that the processor has, all operands packed or in the cache.
void bf16_tiles(benchmark::State& state, const cpu::Bf16Tiles& tiles) {
  const Tensor x = random_tensor({state.range(0), state.range(2)}, DataType::bf16);
  const cpu::PackedRight packed(
      cpu::as_it_lies(random_tensor({state.range(1), state.range(2)}, DataType::f32)).transposed(),
      DataType::bf16);
  Tensor y({state.range(0), state.range(1)}, DataType::bf16);
  for (auto _ : state) cpu::bf16_product(cpu::as_it_lies(x), packed, y, false, tiles);
  report_products(state, state.range(0), state.range(1), state.range(2));
}
void product_shapes(benchmark::internal::Benchmark* benchmark,
                    std::initializer_list<std::int64_t> row_counts) {
  benchmark->ArgNames({"T", "out", "in", "type"})->Unit(benchmark::kMillisecond)->UseRealTime();
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    for (const std::int64_t rows : row_counts) {
      for (const auto& [out, in] : {std::pair{width + 384, width},
                                    {width, width},
                                    {2 * feed_forward, width},
                                    {width, feed_forward},
                                    {vocabulary, width}}) {
        benchmark->Args({rows, out, in, static_cast<std::int64_t>(type)});
      }
    }
  }
}
BENCHMARK(linear_forward)->Apply([](auto* b) { product_shapes(b, {1, 8, 64, 256, 512, 1024}); });
BENCHMARK(linear_backward_input)->Apply([](auto* b) { product_shapes(b, {256, 512, 1024}); });
BENCHMARK(linear_backward_weight)->Apply([](auto* b) { product_shapes(b, {256, 512, 1024}); });
BENCHMARK(linear_refresh)->Apply([](auto* b) { product_shapes(b, {1024}); });
// The three products of a layer's weight with 1,024 rows have the shapes (T, out, in), (T, in, out) and
// (out, in, T).
BENCHMARK(packed_product)->Apply([](auto* b) {
  b->ArgNames({"m", "n", "k", "type"})->Unit(benchmark::kMillisecond)->UseRealTime();
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    constexpr std::int64_t rows = 1024;
    for (const auto& [out, in] : {std::pair{width + 384, width},
                                  {width, width},
                                  {2 * feed_forward, width},
                                  {width, feed_forward},
                                  {vocabulary, width}}) {
      const auto last = static_cast<std::int64_t>(type);
      const std::int64_t most = out == vocabulary ? 256 : rows;  // the head goes in chunks
      b->Args({most, out, in, last})->Args({most, in, out, last})->Args({out, in, most, last});
    }
  }
});

// The processor's limits, in the same run: fused multiply-adds on registers, and reading from memory.
void multiply_add_peak(benchmark::State& state) {
  double operations = 0;
  for (auto _ : state) operations += bench::multiply_add_registers();
  state.counters["GFLOPS"] = benchmark::Counter(operations * 1e-9, benchmark::Counter::kIsRate);
}
BENCHMARK(multiply_add_peak)->Unit(benchmark::kMillisecond)->UseRealTime();

void multiply_add_bf16_peak(benchmark::State& state) {
  double operations = 0;
  for (auto _ : state) operations += bench::multiply_add_bf16_registers();
  state.counters["GFLOPS"] = benchmark::Counter(operations * 1e-9, benchmark::Counter::kIsRate);
}

// Those that not every processor has.
void register_bf16_tiles() {
  std::vector<const cpu::Bf16Tiles*> kinds{&cpu::portable_bf16_tiles};
  for (const cpu::Bf16Tiles* tiles : {cpu::avx512_bf16_tiles(), cpu::amx_bf16_tiles()}) {
    if (tiles != nullptr) kinds.push_back(tiles);
  }
  for (const cpu::Bf16Tiles* tiles : kinds) {
    const std::string name = std::string("bf16_tiles/") + tiles->name;
    benchmark::RegisterBenchmark(name.c_str(), bf16_tiles, *tiles)
        ->Args({1024, 2 * feed_forward, width})
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  }
  if (kinds.size() == 1) return;
  benchmark::RegisterBenchmark("multiply_add_bf16_peak", multiply_add_bf16_peak)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();
}

void memory_read(benchmark::State& state) {
  Tensor values({1 << 28}, DataType::f32);
  for (float& value : values.span<float>()) value = 1;
  for (auto _ : state) benchmark::DoNotOptimize(sum_of(values.span<float>()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(values.bytes()));
}
BENCHMARK(memory_read)->Unit(benchmark::kMillisecond)->UseRealTime();

// The rest. Arguments: rows, type (and the length of one sequence for attention).
void for_both_types(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"T", "type"})->Unit(benchmark::kMillisecond)->UseRealTime();
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    benchmark->Args({1024, static_cast<std::int64_t>(type)});
  }
}

void rms_norm_forward(benchmark::State& state) {
  const Tensor x = random_tensor({state.range(0), width}, DataType::f32);
  const Tensor weight = random_tensor({width}, DataType::f32);
  Tensor y(x.shape(), type_argument(state, 1));
  Tensor inverse_rms({x.rows()}, DataType::f32);
  for (auto _ : state) pbb::rms_norm_forward(x, weight, 1e-5F, y, inverse_rms);
}
BENCHMARK(rms_norm_forward)->Apply(for_both_types);

void rms_norm_backward(benchmark::State& state) {
  const Tensor x = random_tensor({state.range(0), width}, DataType::f32);
  const Tensor weight = random_tensor({width}, DataType::f32);
  const Tensor dy = random_tensor(x.shape(), type_argument(state, 1));
  const Tensor inverse_rms = random_tensor({x.rows()}, DataType::f32);
  Tensor dx(x.shape(), DataType::f32);
  Tensor d_weight({width}, DataType::f32);
  for (auto _ : state) pbb::rms_norm_backward(dy, x, weight, inverse_rms, dx, d_weight);
}
BENCHMARK(rms_norm_backward)->Apply(for_both_types);

void rope_forward(benchmark::State& state) {
  const RopeTable table = make_rope_table(2048, attention_shape.head_size, 1e5F);
  Tensor qkv = random_tensor({state.range(0), attention_shape.row()}, type_argument(state, 1));
  std::vector<std::int32_t> positions(static_cast<std::size_t>(state.range(0)));
  std::iota(positions.begin(), positions.end(), 0);
  for (auto _ : state) pbb::rope_forward(qkv, attention_shape, positions, table);
}
BENCHMARK(rope_forward)->Apply(for_both_types);

void swiglu_forward(benchmark::State& state) {
  const Tensor gate_up = random_tensor({state.range(0), 2 * feed_forward}, type_argument(state, 1));
  Tensor hidden({state.range(0), feed_forward}, gate_up.type());
  for (auto _ : state) pbb::swiglu_forward(gate_up, hidden);
}
BENCHMARK(swiglu_forward)->Apply(for_both_types);

void swiglu_backward(benchmark::State& state) {
  const Tensor gate_up = random_tensor({state.range(0), 2 * feed_forward}, type_argument(state, 1));
  const Tensor d_hidden = random_tensor({state.range(0), feed_forward}, gate_up.type());
  Tensor d_gate_up(gate_up.shape(), gate_up.type());
  for (auto _ : state) pbb::swiglu_backward(d_hidden, gate_up, d_gate_up);
}
BENCHMARK(swiglu_backward)->Apply(for_both_types);

struct Packed {
  Packed(std::int64_t tokens, std::int64_t length, DataType type)
      : qkv(random_tensor({tokens, attention_shape.row()}, type)),
        out({tokens, attention_shape.heads * attention_shape.head_size}, type),
        log_sum({attention_shape.heads, tokens}, DataType::f32) {
    for (std::int64_t t = 0; t < tokens; t += length) offsets.push_back(static_cast<std::int32_t>(t));
    offsets.push_back(static_cast<std::int32_t>(tokens));
  }
  Tensor qkv, out, log_sum;
  std::vector<std::int32_t> offsets;
};

void sequence_lengths(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"T", "type", "length"})->Unit(benchmark::kMillisecond)->UseRealTime();
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    for (const std::int64_t length : {50, 100, 200, 1024}) {
      benchmark->Args({1024, static_cast<std::int64_t>(type), length});
    }
  }
}

void attention_forward(benchmark::State& state) {
  Packed packed(state.range(0), state.range(2), type_argument(state, 1));
  for (auto _ : state) {
    pbb::attention_forward(packed.qkv, packed.offsets, attention_shape, packed.out, packed.log_sum);
  }
}
BENCHMARK(attention_forward)->Apply(sequence_lengths);

void attention_backward(benchmark::State& state) {
  Packed packed(state.range(0), state.range(2), type_argument(state, 1));
  pbb::attention_forward(packed.qkv, packed.offsets, attention_shape, packed.out, packed.log_sum);
  const Tensor d_out = random_tensor(packed.out.shape(), packed.out.type());
  Tensor d_qkv(packed.qkv.shape(), packed.qkv.type());
  for (auto _ : state) {
    pbb::attention_backward(d_out, packed.qkv, packed.out, packed.log_sum, packed.offsets, attention_shape,
                            d_qkv);
  }
}
BENCHMARK(attention_backward)->Apply(sequence_lengths);

// Arguments: rows, each at position 200 of its own slot; cache type.
void attention_cached(benchmark::State& state) {
  const std::int64_t rows = state.range(0);
  constexpr std::int64_t capacity = 256;
  const std::vector<std::int64_t> shape{rows, attention_shape.kv_heads, capacity, attention_shape.head_size};
  KeyValueCache cache{random_tensor(shape, type_argument(state, 1)),
                      random_tensor(shape, type_argument(state, 1))};
  const Tensor qkv = random_tensor({rows, attention_shape.row()}, DataType::f32);
  Tensor out({rows, attention_shape.heads * attention_shape.head_size}, DataType::f32);
  std::vector<std::int32_t> slots(static_cast<std::size_t>(rows));
  std::iota(slots.begin(), slots.end(), 0);
  const std::vector<std::int32_t> positions(static_cast<std::size_t>(rows), 200);
  for (auto _ : state) pbb::attention_cached(qkv, slots, positions, attention_shape, cache, out);
}
BENCHMARK(attention_cached)
    ->ArgNames({"rows", "type"})
    ->ArgsProduct({{1, 8, 64}, {static_cast<int>(DataType::f32), static_cast<int>(DataType::bf16)}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void projected_cross_entropy(benchmark::State& state) {
  const DataType type = type_argument(state, 1);
  const LinearWeight head(random_tensor({vocabulary, width}, DataType::f32), type, true);
  const Tensor x = random_tensor({state.range(0), width}, type);
  const auto targets = random_tokens(state.range(0));
  std::vector<TargetOutcome> outcomes(targets.size());
  Tensor dx(x.shape(), type);
  Tensor d_head({vocabulary, width}, DataType::f32);
  Tensor logits({logits_chunk(x.rows()), vocabulary}, DataType::f32);
  Tensor d_logits = type == DataType::f32 ? logits : Tensor(logits.shape(), type);
  for (auto _ : state) {
    pbb::projected_cross_entropy(x, head, targets, {}, outcomes, dx, d_head, false, logits, d_logits);
  }
  report_products(state, state.range(0), vocabulary, 3 * width);
}
BENCHMARK(projected_cross_entropy)->Apply(for_both_types);

void embedding_forward(benchmark::State& state) {
  const Tensor table = random_tensor({vocabulary, width}, DataType::f32);
  const auto tokens = random_tokens(1024);
  Tensor out({1024, width}, DataType::f32);
  for (auto _ : state) pbb::embedding_forward(table, tokens, out);
}
BENCHMARK(embedding_forward)->Unit(benchmark::kMillisecond)->UseRealTime();

void embedding_backward(benchmark::State& state) {
  const Tensor d_out = random_tensor({1024, width}, DataType::f32);
  const auto tokens = random_tokens(1024);
  Tensor d_table({vocabulary, width}, DataType::f32);
  for (auto _ : state) pbb::embedding_backward(d_out, tokens, d_table);
}
BENCHMARK(embedding_backward)->Unit(benchmark::kMillisecond)->UseRealTime();

void adamw_step(benchmark::State& state) {
  Tensor weights({parameters}, DataType::f32), first({parameters}, DataType::f32),
      second({parameters}, DataType::f32);
  const Tensor gradients = random_tensor({parameters}, DataType::f32);
  for (auto _ : state) {
    pbb::adamw_step(weights.span<float>(), gradients.span<float>(), first.span<float>(), second.span<float>(),
                    {}, 1);
  }
}
BENCHMARK(adamw_step)->Unit(benchmark::kMillisecond)->UseRealTime();

void global_norm(benchmark::State& state) {
  const Tensor gradients = random_tensor({parameters}, DataType::f32);
  for (auto _ : state) benchmark::DoNotOptimize(pbb::global_norm(gradients.span<float>()));
}
BENCHMARK(global_norm)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace pbb

int main(int argc, char** argv) {
  pbb::register_bf16_tiles();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
