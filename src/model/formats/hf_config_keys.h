// Which keys of config.json pbb may pass over: a key that could change what a model computes is used or
// refused.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace pbb {

// InputError naming `file` and the first key of `config` (a JSON object) that the reader neither uses nor
// knows to change nothing. A key that says nothing (null, false, an empty text, list or object) is passed
// over.
void refuse_unknown_keys(const nlohmann::json& config, const std::string& file);
// The same for what stands within rope_parameters or rope_scaling, called `field`, of type "default".
void refuse_unknown_rope_keys(const nlohmann::json& rope, const std::string& field, const std::string& file);

}  // namespace pbb
