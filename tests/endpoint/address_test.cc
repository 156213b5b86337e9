#include "endpoint/address.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/temporary_folder.h"

namespace pbb {
namespace {

TEST(EndpointAddress, HasTheUsualPortsAndThePathBeforeTheApi) {
  EXPECT_EQ(parse_endpoint("http://127.0.0.1:8080/v1/").url(), "http://127.0.0.1:8080/v1");
  EXPECT_EQ(parse_endpoint("https://api.openai.com/v1").url(), "https://api.openai.com:443/v1");
  EXPECT_EQ(parse_endpoint("http://gpu").url(), "http://gpu:80");
  EXPECT_EQ(parse_endpoint("http://[::1]:9/a/v1").url(), "http://[::1]:9/a/v1");
  EXPECT_TRUE(parse_endpoint("http://[::1]:9").is_this_machine());
  EXPECT_FALSE(parse_endpoint("http://gpu").is_this_machine());
}

TEST(EndpointAddress, WhatIsNoAddressOfAnApiIsRefusedWithAnExample) {
  for (const char* url :
       {"", "127.0.0.1:8080", "ftp://host/v1", "http://", "http:///v1", "http://host:0", "http://host:70000",
        "http://host:port", "http://[::1", "http://[::1]x", "http://host/v1?key=1", "http://host/v1#a",
        "http://host/v1/completions", "http://host/v1/chat/completions/"}) {
    try {
      parse_endpoint(url);
      ADD_FAILURE() << url;
    } catch (const InputError& error) {
      EXPECT_NE(error.hint().find("https://"), std::string::npos) << url;
    }
  }
}

TEST(EndpointAddress, AUrlWithAPasswordIsRefusedWithoutRepeatingIt) {
  try {
    parse_endpoint("http://me:secret@host/v1");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_EQ((error.what() + error.hint()).find("secret"), std::string::npos);
  }
}

TEST(ApiKey, ComesFromAFileOrAVariableAndFromNowhereElse) {
  const TemporaryFolder folder;
  write_file(folder / "key", "sk-of-file\n");
  ::setenv("PBB_TEST_KEY", "sk-of-variable", 1);
  EXPECT_FALSE(read_api_key("", "").is_given());
  EXPECT_EQ(read_api_key("", folder / "key").tell_server(), "sk-of-file");
  EXPECT_EQ(read_api_key("PBB_TEST_KEY", "").tell_server(), "sk-of-variable");
  EXPECT_THROW(read_api_key("PBB_TEST_KEY", folder / "key"), InputError);
  EXPECT_THROW(read_api_key("PBB_NO_SUCH_KEY", ""), InputError);
  EXPECT_THROW(read_api_key("", folder / "absent"), InputError);
}

TEST(ApiKey, WhatIsNoKeyIsRefusedWithoutRepeatingIt) {
  const TemporaryFolder folder;
  for (const char* text : {"", "\n", "two words\n", "caf\xc3\xa9\n"}) {
    write_file(folder / "key", text);
    try {
      read_api_key("", folder / "key");
      ADD_FAILURE() << text;
    } catch (const InputError& error) {
      EXPECT_EQ((error.what() + error.hint()).find("two"), std::string::npos);
    }
  }
}

TEST(ApiKey, IsTakenOutOfWhatAServerRepeats) {
  EXPECT_EQ(ApiKey("sk-1").without_key("key sk-1 is not sk-1"), "key … is not …");
  EXPECT_EQ(ApiKey().without_key("as it is"), "as it is");
}

}  // namespace
}  // namespace pbb
