// adapter_layout and view_adapter walk the same order.
#include "model/adapter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace pbb {
namespace {

// The projections of a product that are adapted, with the rows of each.
struct TargetRows {
  std::string name;
  RowRange rows;
};
std::vector<TargetRows> targets_of(const ProductPlace& product, const AdapterOptions& options) {
  std::vector<TargetRows> targets;
  std::int64_t row = 0;
  for (const auto& [name, rows] : product.projections) {
    if (std::ranges::count(options.targets, name) > 0) targets.push_back({name, {row, row + rows}});
    row += rows;
  }
  return targets;
}

}  // namespace

float adapter_scale(const AdapterOptions& options) {
  const auto rank = static_cast<double>(options.rank);
  return static_cast<float>(options.alpha / (options.rslora ? std::sqrt(rank) : rank));
}

std::string adapter_text(const AdapterOptions& options) {
  return fmt::format("rank {}, alpha {}{}, of {}", options.rank, options.alpha,
                     options.rslora ? ", rsLoRA" : "", fmt::join(options.targets, ", "));
}

void check_adapter(const AdapterOptions& options) {
  if (options.rank < 1 || options.rank > 1024) {
    throw InputError(fmt::format("an adapter of rank {}", options.rank), "a rank from 1 to 1024, such as 16");
  }
  if (!(options.alpha > 0) || !std::isfinite(options.alpha)) {
    throw InputError(fmt::format("an adapter with alpha = {}", options.alpha),
                     "a number above 0; twice the rank is usual");
  }
  if (options.targets.empty()) {
    throw InputError("an adapter without targets",
                     fmt::format("some of {}", fmt::join(projection_names, ", ")));
  }
  for (const std::string& target : options.targets) {
    if (std::ranges::count(projection_names, target) == 0) {
      throw InputError(fmt::format("an adapter's target '{}' is not a projection of a layer", target),
                       fmt::format("some of {}", fmt::join(projection_names, ", ")));
    }
    if (std::ranges::count(options.targets, target) > 1) {
      throw InputError(fmt::format("an adapter's target '{}' is named twice", target), "name it once");
    }
  }
}

std::vector<ParameterPlace> adapter_layout(const DecoderConfig& config, const AdapterOptions& options) {
  const std::array<ProductPlace, product_count> products = product_places(config);
  std::vector<ParameterPlace> places;
  std::int64_t offset = 0;
  const auto add = [&](std::string name, std::int64_t rows, std::int64_t columns) {
    places.push_back({std::move(name), {rows, columns}, offset, true});
    offset += rows * columns;
  };
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    for (const ProductPlace& product : products) {
      const auto name = [&](const TargetRows& target, const char* factor) {
        return fmt::format("model.layers.{}.{}.{}.{}.weight", layer, product.module, target.name, factor);
      };
      const std::vector<TargetRows> targets = targets_of(product, options);
      for (const TargetRows& target : targets) add(name(target, "lora_A"), options.rank, product.in);
      for (const TargetRows& target : targets) add(name(target, "lora_B"), target.rows.size(), options.rank);
    }
  }
  return places;
}

std::int64_t widest_low_rank(const DecoderConfig& config, const AdapterOptions& options) {
  std::size_t most = 0;
  for (const ProductPlace& product : product_places(config)) {
    most = std::max(most, targets_of(product, options).size());
  }
  return static_cast<std::int64_t>(most) * options.rank;
}

std::int64_t adapter_held_bytes(const DecoderConfig& config, const AdapterOptions& options,
                                DataType compute) {
  std::int64_t bytes = 0;
  for (const ProductPlace& product : product_places(config)) {
    const std::int64_t columns = std::ssize(targets_of(product, options)) * options.rank;
    if (columns > 0) bytes += LowRankWeight::held_bytes(product.out(), product.in, columns, compute);
  }
  return bytes * config.layers;
}

std::vector<AdaptedLayer> view_adapter(const DecoderConfig& config, const AdapterOptions& options,
                                       const Tensor& flat) {
  const std::array<ProductPlace, product_count> products = product_places(config);
  std::vector<AdaptedLayer> layers(static_cast<std::size_t>(config.layers));
  std::int64_t offset = 0;
  const auto take = [&](std::int64_t rows, std::int64_t columns) {
    Tensor view = flat.slice(offset, {rows, columns});
    offset += view.size();
    return view;
  };
  for (AdaptedLayer& layer : layers) {
    for (std::size_t p = 0; p < product_count; ++p) {
      AdaptedProduct& adapted = layer[p];
      std::int64_t rows = 0;
      for (const TargetRows& target : targets_of(products[p], options)) {
        adapted.ranges.push_back(target.rows);
        rows += target.rows.size();
      }
      if (rows == 0) continue;
      adapted.factors.a = take(std::ssize(adapted.ranges) * options.rank, products[p].in);
      adapted.factors.b = take(rows, options.rank);
    }
  }
  return layers;
}

Adapter make_adapter(const DecoderConfig& config, const AdapterOptions& options, std::uint64_t seed) {
  check_adapter(options);
  Adapter adapter{options, make_parameters(adapter_layout(config, options))};
  for (Parameter& parameter : adapter.parameters.places) {
    if (!parameter.name.ends_with("lora_A.weight")) continue;
    const double bound = 1 / std::sqrt(static_cast<double>(parameter.value.columns()));
    Random random(seed, parameter.name);
    for (float& value : parameter.value.span<float>()) {
      value = static_cast<float>(bound * (2 * random.uniform() - 1));
    }
  }
  return adapter;
}

}  // namespace pbb
