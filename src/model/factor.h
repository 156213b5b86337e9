// A fully fine-tuned model as an adapter of its base: the best update of low rank, matrix by matrix.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/adapter.h"
#include "model/config.h"
#include "tensor/tensor.h"

namespace pbb {

// U diag(σ) Vᵀ, the leading part of a matrix's singular value decomposition.
struct LeadingPart {
  std::vector<double> left;    // (r, rows): Uᵀ
  std::vector<double> values;  // (r): σ, falling
  std::vector<double> right;   // (r, columns): Vᵀ
};
// matrix: (rows, columns), row-major. By subspace iteration from a random start (Halko, Martinsson and Tropp,
// "Finding structure with randomness", 2011), in f64: exact up to rounding where the matrix has rank r or
// less. rank: at most the smaller of rows and columns. Fixed by the seed.
LeadingPart leading_part(std::span<const float> matrix, std::int64_t rows, std::int64_t columns,
                         std::int64_t rank, std::uint64_t seed);

struct FactoredDifference {
  Adapter adapter;
  // Of the squared difference (Frobenius): what the adapter holds of its targets' matrices, and what of the
  // whole lies in other parameters (norms, embeddings, projections that are no targets), which it cannot
  // hold.
  double held = 1, elsewhere = 0;
};
// s B A of each target ≈ tuned - base. base, tuned: (parameter_count(config)) f32, laid out as
// parameter_layout. InputError where `options` cannot be.
FactoredDifference factor_difference(const DecoderConfig& config, const Tensor& base, const Tensor& tuned,
                                     const AdapterOptions& options);

}  // namespace pbb
