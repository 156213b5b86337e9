// pbb: programming by backprop. The commands are in commands.h, one file each.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include "base/cancellation.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/standard_streams.h"
#include "base/threads.h"
#include "cli/commands.h"
#include "run/build_info.h"

namespace {

// A message quotes what it is about, which may be of any length, and may hold what a terminal obeys, or lines
// that look like ours: at most a screen of it, only what can be seen, and its further lines indented.
std::string for_terminal(std::string_view text) {
  constexpr std::size_t most = 1200, at_the_end = 300;
  std::string cut(text);
  if (text.size() > most) {
    const auto starts_character = [&](std::size_t at) {
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
      return at;
    };
    const std::size_t head = starts_character(most - at_the_end),
                      tail = starts_character(text.size() - at_the_end);
    cut =
        fmt::format("{} ... {} bytes left out ... {}", text.substr(0, head), tail - head, text.substr(tail));
  }
  std::string shown;
  for (const char letter : pbb::printable_lines(cut))
    shown += letter == '\n' ? "\n  " : std::string(1, letter);
  return shown;
}

void report(const std::string& message, const std::string& hint) {
  fmt::print(stderr, "pbb: error: {}\n", for_terminal(message));
  if (!hint.empty()) fmt::print(stderr, "pbb: HINT: {}\n", for_terminal(hint));
}

int report(const pbb::Error& error, int code) {
  report(error.what(), error.hint());
  return code;
}

// What the system refused: a path that may not be read, or is too long, say.
int report(const std::filesystem::filesystem_error& error) {
  const std::error_code reason = error.code();
  report(fmt::format("{}: cannot be read or written: {}", error.path1().string(), reason.message()),
         reason == std::errc::filename_too_long ? "give it a shorter name"
         : reason == std::errc::permission_denied
             ? "see its permissions, and those of the folders that it lies in, "
               "with ls -ld"
             : "see what is wrong with that path, with ls -ld");
  return 1;
}

std::string version() {
  const std::string commit(pbb::pbb_commit());
  return fmt::format("pbb {}{}", pbb::pbb_version(), commit.empty() ? "" : " (" + commit + ")");
}

void carry_out(pbb::CommandLine& commands, int argc, char** argv) {
  commands.carry_out(argc, argv);
  // Only now is it known whether all that was printed has arrived. std::cout stands on the same stream, and
  // what flushed it before may have met the error.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw std::system_error(errno != 0 ? errno : EIO, std::generic_category());
  }
}

}  // namespace

int main(int argc, char** argv) {
  pbb::secure_standard_streams();
  pbb::prepare_threads(argv);
  pbb::CommandLine commands(
      "pbb",
      "Fine-tune a language model on the source of programs, and measure whether it can then run them.");
  commands.add_version_flag("-V,--version", version(), "print the version and the commit");
  const pbb::Command app = commands.root();
  pbb::add_learn_command(app);
  pbb::add_assess_command(app);
  pbb::add_run_commands(app);
  pbb::add_base_command(app);
  pbb::add_estimate_command(app);
  pbb::add_make_command(app);
  pbb::add_check_command(app);
  pbb::add_recipe_command(app);
  pbb::add_inspect_command(app);
  pbb::add_ask_command(app);
  pbb::add_serve_command(app);
  pbb::add_audit_command(app);
  pbb::add_export_command(app);
  pbb::add_export_data_command(app);
  pbb::add_info_command(app);
  pbb::add_tokenize_command(app);
  pbb::add_score_command(app);
  pbb::add_bench_command(app);

  pbb::install_signal_handlers();
  try {
    carry_out(commands, argc, argv);
    return 0;
  } catch (const pbb::Interrupted& error) {
    return report(error, 130);
  } catch (const pbb::InputError& error) {
    return report(error, 2);
  } catch (const pbb::Error& error) {
    return report(error, 1);
  } catch (const std::filesystem::filesystem_error& error) {
    return report(error);
  } catch (const std::system_error& error) {
    const bool is_output = std::ferror(stdout) != 0;  // all else that is written says Error
    report((is_output ? "standard output: cannot be written: " : "the system refuses: ") +
               error.code().message(),
           error.code() == std::errc::no_space_on_device
               ? "free some space (df -h shows how full each disk is), or print to another place"
           : is_output ? "see where standard output goes"
                       : "");
    return 1;
  } catch (const std::bad_alloc&) {
    report(
        "there is not enough memory",
        "see what else takes memory (free -h), or ask for less: pbb estimate says what a recipe will take");
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "pbb: internal error: {}\npbb: HINT: this is a bug in pbb; please report it with the command "
               "that you ran\n",
               for_terminal(error.what()));
    return 1;
  }
}
