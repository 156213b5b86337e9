// A checkpoint: a folder with everything that training needs to go on as if it had never stopped, written
// whole or not at all and read with every size and checksum verified.
//   weights.f32, first_moments.f32, second_moments.f32   little-endian f32, as Decoder::trained() lies
//   state.json                                           progress, fingerprint; the others' sizes and CRC-32
// That of a complete stage has no moments: no step will need them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "examples/pack.h"
#include "examples/step_source.h"
#include "model/decoder.h"

namespace pbb {

struct StageProgress {
  std::int64_t step = 0;  // steps done
  std::int64_t tokens = 0;
  std::int64_t trained_tokens = 0;
  double seconds = 0;          // of training, all sittings together
  std::vector<double> losses;  // one a step
  ExposureCounts exposures;
  std::string source_state;  // StepSource::state()
  bool complete = false;     // no step is left
};

struct TrainingArrays {  // views
  Tensor weights, first_moments, second_moments;
};

// Once what a crash within writing one left is mended.
bool has_checkpoint(const std::filesystem::path& checkpoint);
// Without the moments where `progress` is complete.
void write_checkpoint(const std::filesystem::path& checkpoint, const StageFingerprint& fingerprint,
                      const StageProgress& progress, const TrainingArrays& arrays);
// Fills `arrays` (of a complete stage, the weights alone), which are untouched when an InputError says what
// is wrong: a file missing, cut short or changed, another fingerprint, a newer format.
StageProgress read_checkpoint(const std::filesystem::path& checkpoint, const StageFingerprint& fingerprint,
                              TrainingArrays arrays);
// CRC-32 of the weights that it holds, as state.json says.
std::uint32_t checkpoint_weights_checksum(const std::filesystem::path& checkpoint);
// StepSource::state() of the stage's data, as it was when the checkpoint was written; empty where it has none.
std::string checkpoint_source_state(const std::filesystem::path& checkpoint);
// The weights alone, into trained() of a decoder of the same shape, made ready for use. `checkpoint`:
// stages/1/checkpoint.
void load_checkpoint_weights(const std::filesystem::path& checkpoint, Decoder& decoder);

}  // namespace pbb
