// A command, what it takes and what it does. CLI11 does the work; command.cc alone includes it, since its header
// takes a compiler longer than most commands do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace pbb {

// An option, flag or positional argument that a command takes; its functions say more of it.
class Argument {
 public:
  explicit Argument(CLI::Option* option) : option_(option) {}

  Argument& required();
  // What is refused, before the command runs, when it is none of these:
  Argument& one_of(const std::vector<std::string>& words);
  Argument& within(int least, int most);
  Argument& positive();
  Argument& existing_folder();

  Argument& one_value_each();  // of a list: --mask a --mask b, not --mask a b
  // In --help:
  Argument& shows_default();  // as it is now
  Argument& shows_default(const std::string& text);
  Argument& shows_type(const std::string& text);
  Argument& hidden();

 private:
  CLI::Option* option_;
};

// A handle: copies are of the same command, which lives as long as its CommandLine.
class Command {
 public:
  explicit Command(CLI::App* app) : app_(app) {}

  Command add_subcommand(const std::string& name, const std::string& help);
  void require_subcommand();
  // Carried out once all arguments are known to be as they should.
  void callback(std::function<void()> carry_out);

  // "--out" is an option, "RECIPE" a positional argument. Its value goes to `value`, which is to outlive the
  // parsing.
  Argument add_option(const std::string& name, std::string& value, const std::string& help);
  Argument add_option(const std::string& name, std::filesystem::path& value, const std::string& help);
  Argument add_option(const std::string& name, std::vector<std::string>& value, const std::string& help);
  Argument add_option(const std::string& name, int& value, const std::string& help);
  Argument add_option(const std::string& name, std::int64_t& value, const std::string& help);
  Argument add_option(const std::string& name, double& value, const std::string& help);
  Argument add_option(const std::string& name, std::function<void(const std::string&)> set,
                      const std::string& help);
  // "--quiet", or "--price,!--no-price".
  Argument add_flag(const std::string& names, bool& value, const std::string& help);

  // What was added, for the shell's completion.
  std::string name() const;
  std::vector<Command> subcommands() const;
  std::vector<std::string> flags() const;  // "--help", "--out"

 private:
  CLI::App* app_;
};

// The command that has all others below it.
class CommandLine {
 public:
  CommandLine(const std::string& name, const std::string& help);
  ~CommandLine();

  Command root() const { return Command(app_.get()); }
  void add_version_flag(const std::string& names, const std::string& version, const std::string& help);

  // Carries out the command that is asked for, or prints help or version. Refuses other arguments than it takes.
  void carry_out(int argc, char** argv);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace pbb
