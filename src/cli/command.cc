#include "cli/command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/error.h"

namespace pbb {

Argument& Argument::required() {
  option_->required();
  return *this;
}

Argument& Argument::one_of(const std::vector<std::string>& words) {
  option_->check(CLI::IsMember(words));
  return *this;
}

Argument& Argument::within(int least, int most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

Argument& Argument::positive() {
  option_->check(CLI::PositiveNumber);
  return *this;
}

Argument& Argument::existing_folder() {
  option_->check(CLI::ExistingDirectory);
  return *this;
}

Argument& Argument::one_value_each() {
  option_->allow_extra_args(false);
  return *this;
}

Argument& Argument::shows_default() {
  option_->capture_default_str();
  return *this;
}

Argument& Argument::shows_default(const std::string& text) {
  option_->default_str(text);
  return *this;
}

Argument& Argument::shows_type(const std::string& text) {
  option_->type_name(text);
  return *this;
}

Argument& Argument::hidden() {
  option_->group("");
  return *this;
}

Command Command::add_subcommand(const std::string& name, const std::string& help) {
  return Command(app_->add_subcommand(name, help));
}

void Command::require_subcommand() {
  app_->require_subcommand(1);
}

void Command::callback(std::function<void()> carry_out) {
  app_->callback(std::move(carry_out));
}

Argument Command::add_option(const std::string& name, std::string& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help));
}

Argument Command::add_option(const std::string& name, std::filesystem::path& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help));
}

Argument Command::add_option(const std::string& name, std::vector<std::string>& value,
                             const std::string& help) {
  return Argument(app_->add_option(name, value, help));
}

Argument Command::add_option(const std::string& name, int& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help));
}

Argument Command::add_option(const std::string& name, std::int64_t& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help));
}

Argument Command::add_option(const std::string& name, double& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help));
}

Argument Command::add_option(const std::string& name, std::function<void(const std::string&)> set,
                             const std::string& help) {
  return Argument(app_->add_option_function<std::string>(name, set, help));
}

Argument Command::add_flag(const std::string& names, bool& value, const std::string& help) {
  return Argument(app_->add_flag(names, value, help));
}

std::string Command::name() const {
  return app_->get_name();
}

std::vector<Command> Command::subcommands() const {
  std::vector<Command> all;
  for (CLI::App* below : app_->get_subcommands([](const CLI::App*) { return true; })) all.emplace_back(below);
  return all;
}

std::vector<std::string> Command::flags() const {
  std::vector<std::string> all;
  for (const CLI::Option* option : app_->get_options())
    for (const std::string& name : option->get_lnames()) all.push_back("--" + name);
  return all;
}

CommandLine::CommandLine(const std::string& name, const std::string& help)
    : app_(std::make_unique<CLI::App>(help, name)) {}

CommandLine::~CommandLine() = default;

void CommandLine::add_version_flag(const std::string& names, const std::string& version,
                                   const std::string& help) {
  app_->set_version_flag(names, version, help);
}

void CommandLine::carry_out(int argc, char** argv) {
  const auto is_called = [&](const Command& command) { return command.name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && std::ranges::none_of(root().subcommands(), is_called)) {
    throw InputError(fmt::format("there is no command '{}'", argv[1]), "pbb --help lists them");
  }
  try {
    app_->parse(argc, argv);
    if (app_->get_subcommands().empty()) fmt::print("{}", app_->help());
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      throw InputError(error.what(), "pbb --help lists the commands, pbb COMMAND --help says what one takes");
    }
    app_->exit(error);  // --help, --version
  }
}

}  // namespace pbb
