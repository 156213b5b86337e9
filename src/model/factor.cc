// Truncated singular value decompositions. Factors are held transposed, so that each vector lies in one
// piece.
#include "model/factor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "model/layout.h"

namespace pbb {
namespace {

// Vectors of one length, end to end.
struct Vectors {
  std::size_t count = 0, length = 0;
  std::vector<double> values;
  Vectors(std::size_t count_, std::size_t length_)
      : count(count_), length(length_), values(count_ * length_) {}
  double* at(std::size_t i) { return values.data() + i * length; }
  const double* at(std::size_t i) const { return values.data() + i * length; }
};

struct Matrix {
  const float* values;
  std::size_t rows, columns;
};

double dot(const double* a, const double* b, std::size_t length) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t i = 0; i < length; ++i) sum += a[i] * b[i];
  return sum;
}

void add_scaled(double* to, const double* from, double scale, std::size_t length) {
#pragma omp simd
  for (std::size_t i = 0; i < length; ++i) to[i] += scale * from[i];
}

// Each vector v of length `columns` becomes M v.
Vectors times(const Matrix& matrix, const Vectors& vectors) {
  Vectors result(vectors.count, matrix.rows);
  std::vector<double> row(matrix.columns);
  for (std::size_t r = 0; r < matrix.rows; ++r) {
    std::copy_n(matrix.values + r * matrix.columns, matrix.columns, row.begin());
    for (std::size_t v = 0; v < vectors.count; ++v) {
      result.at(v)[r] = dot(row.data(), vectors.at(v), matrix.columns);
    }
  }
  return result;
}

// Each vector v of length `rows` becomes Mᵀ v.
Vectors transposed_times(const Matrix& matrix, const Vectors& vectors) {
  Vectors result(vectors.count, matrix.columns);
  std::vector<double> row(matrix.columns);
  for (std::size_t r = 0; r < matrix.rows; ++r) {
    std::copy_n(matrix.values + r * matrix.columns, matrix.columns, row.begin());
    for (std::size_t v = 0; v < vectors.count; ++v) {
      add_scaled(result.at(v), row.data(), vectors.at(v)[r], matrix.columns);
    }
  }
  return result;
}

// Modified Gram-Schmidt, each vector twice: the second pass takes away what rounding left of the others. A
// vector that depends on those before it becomes zero.
void orthonormalize(Vectors& vectors) {
  for (std::size_t v = 0; v < vectors.count; ++v) {
    double* vector = vectors.at(v);
    const double before = std::sqrt(dot(vector, vector, vectors.length));
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t u = 0; u < v; ++u) {
        add_scaled(vector, vectors.at(u), -dot(vectors.at(u), vector, vectors.length), vectors.length);
      }
    }
    const double norm = std::sqrt(dot(vector, vector, vectors.length));
    const double scale = norm > 1e-12 * before ? 1 / norm : 0;
    for (std::size_t i = 0; i < vectors.length; ++i) vector[i] *= scale;
  }
}

void rotate(double* a, double* b, double cosine, double sine, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) {
    const double x = a[i], y = b[i];
    a[i] = cosine * x - sine * y;
    b[i] = sine * x + cosine * y;
  }
}

// One-sided Jacobi (Hestenes, 1958): rotates pairs of vectors until all are orthogonal, and turns the vectors
// of `other` in the same way.
void make_orthogonal(Vectors& vectors, Vectors& other) {
  constexpr int most_sweeps = 40;
  constexpr double small = 1e-14;
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    bool rotated = false;
    for (std::size_t p = 0; p + 1 < vectors.count; ++p) {
      for (std::size_t q = p + 1; q < vectors.count; ++q) {
        const double a = dot(vectors.at(p), vectors.at(p), vectors.length);
        const double b = dot(vectors.at(q), vectors.at(q), vectors.length);
        const double c = dot(vectors.at(p), vectors.at(q), vectors.length);
        if (std::abs(c) <= small * std::sqrt(a * b)) continue;
        const double zeta = (b - a) / (2 * c);
        const double tangent = std::copysign(1 / (std::abs(zeta) + std::hypot(1.0, zeta)), zeta);
        const double cosine = 1 / std::hypot(1.0, tangent), sine = cosine * tangent;
        rotate(vectors.at(p), vectors.at(q), cosine, sine, vectors.length);
        rotate(other.at(p), other.at(q), cosine, sine, other.length);
        rotated = true;
      }
    }
    if (!rotated) return;
  }
}

double squared_sum(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += double{value} * value;
  return sum;
}

}  // namespace

LeadingPart leading_part(std::span<const float> values, std::int64_t rows, std::int64_t columns,
                         std::int64_t rank, std::uint64_t seed) {
  constexpr std::int64_t spare = 16;  // vectors beside those wanted, which these then part from sooner
  constexpr int iterations = 6;
  const Matrix matrix{values.data(), static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)};
  const auto count = static_cast<std::size_t>(std::min({rank + spare, rows, columns}));

  Vectors right(count, matrix.columns);
  Random random(seed, "leading part");
  for (double& value : right.values) value = random.normal();
  Vectors left = times(matrix, right);
  for (int i = 0; i < iterations; ++i) {
    orthonormalize(left);
    right = transposed_times(matrix, left);
    orthonormalize(right);
    left = times(matrix, right);
  }
  orthonormalize(left);
  right = transposed_times(matrix, left);  // M ≈ Σ left rightᵀ
  make_orthogonal(right, left);

  std::vector<double> lengths;
  for (std::size_t v = 0; v < count; ++v) {
    lengths.push_back(std::sqrt(dot(right.at(v), right.at(v), right.length)));
  }
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t v) { return lengths[v]; });
  LeadingPart part;
  for (const std::size_t v : std::span(order).first(static_cast<std::size_t>(rank))) {
    const double scale = lengths[v] > 0 ? 1 / lengths[v] : 0;
    part.values.push_back(lengths[v]);
    part.left.insert(part.left.end(), left.at(v), left.at(v) + left.length);
    for (std::size_t i = 0; i < right.length; ++i) part.right.push_back(scale * right.at(v)[i]);
  }
  return part;
}

FactoredDifference factor_difference(const DecoderConfig& config, const Tensor& base, const Tensor& tuned,
                                     const AdapterOptions& options) {
  check_adapter(options);
  FactoredDifference factored;
  factored.adapter = {options, make_parameters(adapter_layout(config, options))};
  std::map<std::string, Tensor> factors;
  for (const Parameter& parameter : factored.adapter.parameters.places)
    factors[parameter.name] = parameter.value;
  const double scale = std::sqrt(static_cast<double>(adapter_scale(options)));
  const auto rank = static_cast<std::size_t>(options.rank);

  const std::vector<ParameterPlace> places = parameter_layout(config);
  double of_targets = 0, held = 0, elsewhere = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : of_targets, held, elsewhere)
  for (std::size_t p = 0; p < places.size(); ++p) {
    const ParameterPlace& place = places[p];
    const Tensor before = base.slice(place.offset, place.shape),
                 after = tuned.slice(place.offset, place.shape);
    std::vector<float> difference(static_cast<std::size_t>(place.size()));
    for (std::size_t i = 0; i < difference.size(); ++i) {
      difference[i] = after.span<float>()[i] - before.span<float>()[i];
    }
    const double size = squared_sum(difference);
    const std::string module = place.name.substr(0, place.name.rfind(".weight"));
    const auto found = factors.find(module + ".lora_A.weight");
    if (found == factors.end()) {
      elsewhere += size;
      continue;
    }
    of_targets += size;
    const auto rows = static_cast<std::size_t>(place.shape[0]),
               columns = static_cast<std::size_t>(place.shape[1]);
    const auto taken = std::min({rank, rows, columns});
    const LeadingPart part =
        leading_part(difference, place.shape[0], place.shape[1], static_cast<std::int64_t>(taken), p);
    Tensor a = found->second, b = factors.at(module + ".lora_B.weight");
    for (std::size_t r = 0; r < taken; ++r) {
      held += part.values[r] * part.values[r];
      const double root = std::sqrt(part.values[r]) / scale;  // s B A has σ, both halves alike
      for (std::size_t c = 0; c < columns; ++c) {
        a.span<float>()[r * columns + c] = static_cast<float>(root * part.right[r * columns + c]);
      }
      for (std::size_t i = 0; i < rows; ++i) {
        b.span<float>()[i * rank + r] = static_cast<float>(root * part.left[r * rows + i]);
      }
    }
  }
  if (of_targets > 0) factored.held = held / of_targets;
  if (of_targets + elsewhere > 0) factored.elsewhere = elsewhere / (of_targets + elsewhere);
  return factored;
}

}  // namespace pbb
