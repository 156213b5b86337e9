// SHA-256 (FIPS 180-4): the fingerprint by which a certificate names a source.
#pragma once

#include <string>
#include <string_view>

namespace pbb {

// 64 hexadecimal digits, as sha256sum prints them.
std::string sha256(std::string_view bytes);

}  // namespace pbb
