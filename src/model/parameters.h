// Named parameters over one flat array: a model's weights, or an adapter's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/layout.h"
#include "tensor/tensor.h"

namespace pbb {

// A named weight: a view into the flat array of its set. Names are Hugging Face's
// ("model.layers.0.self_attn.q_proj.weight").
struct Parameter {
  std::string name;
  Tensor value;             // f32
  std::int64_t offset = 0;  // of its first element in the flat array
  bool decays = false;      // weight decay applies (matrices, not norms and biases)
};

// What is trained, saved or loaded together. Gradients, moments and checkpoints are laid out as `flat`.
struct ParameterSet {
  std::vector<Parameter> places;  // in order, without gaps
  Tensor flat;                    // f32, all of them end to end
};

// All zero.
inline ParameterSet make_parameters(std::vector<ParameterPlace> layout) {
  ParameterSet set;
  set.flat = Tensor({layout.empty() ? 0 : layout.back().offset + layout.back().size()}, DataType::f32);
  for (ParameterPlace& place : layout) {
    Tensor value = set.flat.slice(place.offset, place.shape);
    set.places.push_back({std::move(place.name), std::move(value), place.offset, place.decays});
  }
  return set;
}

}  // namespace pbb
