#include "report/gnuplot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "report/html.h"

extern char** environ;

namespace pbb {
namespace {

constexpr std::array ink_variables = {"--ink",        "--soft",   "--line",    "--untrained",
                                      "--in-context", "--before", "--trained", "--other"};

constexpr const char* install_hint = "install it with: sudo apt-get install gnuplot-nox";

// A file in memory: gnuplot's input and output cannot block each other as two pipes can.
FileDescriptor memory_file(const char* name, std::string_view contents = {}) {
  FileDescriptor file(memfd_create(name, MFD_CLOEXEC));
  while (file && !contents.empty()) {
    const ssize_t written = ::write(file.get(), contents.data(), contents.size());
    if (written < 0) throw Error(fmt::format("gnuplot's {}: {}", name, std::strerror(errno)));
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  if (!file) throw Error(fmt::format("gnuplot's {}: {}", name, std::strerror(errno)));
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string contents_of(const FileDescriptor& file) {
  std::string text(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
  ::lseek(file.get(), 0, SEEK_SET);
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t got = ::read(file.get(), text.data() + at, text.size() - at);
    if (got <= 0) throw Error("gnuplot's output cannot be read");
    at += static_cast<std::size_t>(got);
  }
  return text;
}

std::string draw(const std::string& script) {
  const FileDescriptor input = memory_file("input", script), output = memory_file("output"),
                       errors = memory_file("errors");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.get(), STDERR_FILENO);
  // -d: no start-up files of the user's; a script that is a file ends at its first mistake.
  std::array<std::string, 3> words = {"gnuplot", "-d", "/dev/stdin"};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t child = 0;
  const int failure = posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0)
    throw Error(fmt::format("gnuplot cannot be run: {}", std::strerror(failure)), install_hint);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  std::string svg = contents_of(output);
  if (status != 0 || svg.find("</svg>") == std::string::npos) {
    throw Error(
        fmt::format("gnuplot failed (status {}): {}", WEXITSTATUS(status), contents_of(errors)),
        WEXITSTATUS(status) == 127 ? install_hint : "is it gnuplot 5.4 or newer, with the svg terminal?");
  }
  return svg;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

void erase_between(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;) {
    const std::size_t end = text.find(to, at + from.size());
    if (end == std::string::npos) return;
    text.erase(at, end + to.size() - at);
  }
}

}  // namespace

int ink_number(Ink ink) {
  return static_cast<int>(ink) + 1;
}

std::string ink_code(Ink ink) {
  return fmt::format("#{:06x}", ink_number(ink));
}

Ink arm_ink(ArmRole role) {
  switch (role) {
    case ArmRole::claim:
      return Ink::trained;
    case ArmRole::base_line:
      return Ink::before_source;
    case ArmRole::untrained:
      return Ink::untrained;
    case ArmRole::source_shown:
      return Ink::in_context;
    case ArmRole::control:
    case ArmRole::other:
      break;
  }
  return Ink::other;
}

std::string gnuplot_string(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + "'";
}

std::string run_gnuplot(const std::string& script, int width, int height, const std::string& description) {
  std::string svg = draw(fmt::format(
      "set encoding utf8\nset terminal svg size {},{} dynamic rounded noenhanced font 'inherit,13'\n"
      "unset key\nset border 0\n{}",
      width, height, script));
  svg.erase(0, svg.find("<svg"));
  erase_between(svg, "<title>", "</title>");
  erase_between(svg, "<desc>", "</desc>");
  erase_between(svg, "<defs>", "</defs>");
  erase_between(svg, " id=\"", "\"");  // several plots stand in one page
  erase_between(svg, " xmlns", "\"\n");
  for (std::size_t i = 0; i < ink_variables.size(); ++i) {
    const std::string variable = fmt::format("var({})", ink_variables[i]);
    replace_all(svg, fmt::format("rgb(  0,   0, {:3})", i + 1), variable);  // lines
    replace_all(svg, fmt::format("rgb(0,0,{})", i + 1), variable);          // text
  }
  replace_all(svg, "\"black\"", "\"var(--ink)\"");
  replace_all(svg, "'black'", "'var(--ink)'");
  const std::string label = fmt::format("<svg role=\"img\" aria-label=\"{}\"", escape_html(description));
  return svg.replace(0, 4, label);
}

}  // namespace pbb
