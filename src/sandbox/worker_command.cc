// What is started for a worker, and what it may see of the file system.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "sandbox/worker_process.h"

namespace pbb {
namespace {

constexpr const char* waiver = ", or pass --unsafe-no-isolation if you trust the programs";

// System folders only: not $PATH, whose first entries may be a user's wrappers that bubblewrap cannot reach.
std::string find_program(const char* name) {
  for (const char* folder : {"/usr/bin/", "/usr/local/bin/", "/bin/"}) {
    std::string path = std::string(folder) + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

using Command = std::vector<std::string>;

void add(Command& command, std::initializer_list<const char*> words) {
  command.insert(command.end(), words.begin(), words.end());
}

// The interpreter and its libraries, read-only; links such as /lib -> usr/lib as they are.
void add_files(Command& command) {
  add(command, {"--ro-bind", "/usr", "/usr"});
  for (const char* folder : {"/bin", "/lib", "/lib64", "/lib32"}) {
    std::error_code error;
    const auto status = std::filesystem::symlink_status(folder, error);
    if (std::filesystem::is_symlink(status)) {
      const std::string target = std::filesystem::read_symlink(folder, error).string();
      if (!error) add(command, {"--symlink", target.c_str(), folder});
    } else if (std::filesystem::is_directory(status)) {
      add(command, {"--ro-bind", folder, folder});
    }
  }
  add(command, {"--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"});
  // bubblewrap's root is a tmpfs: nothing on it is to be written either.
  add(command, {"--remount-ro", "/"});
}

}  // namespace

std::vector<std::pair<std::string, std::string>> worker_environment(const SandboxOptions& options) {
  return {{"PYTHONHASHSEED", std::to_string(options.hash_seed)},
          {"TZ", options.hash_seed == 0 ? "UTC0" : "PBB-9:30"}};  // POSIX's form, which takes no files
}

std::vector<std::string> worker_command(const SandboxOptions& options, const std::string& marker) {
  const std::string python = find_program("python3");
  if (python.empty()) {
    throw InputError("python3 is not in /usr/bin or /usr/local/bin: programs cannot be run",
                     "install it (apt-get install python3)");
  }
  Command command;
  if (!options.unsafe_no_isolation) {
    const std::string bubblewrap = find_program("bwrap");
    if (bubblewrap.empty()) {
      throw InputError("bubblewrap (bwrap) is not installed: programs cannot be isolated",
                       std::string("install it (apt-get install bubblewrap)") + waiver);
    }
    command.push_back(bubblewrap);
    add(command, {"--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv",
                  "--hostname", "sandbox", "--chdir", "/"});
    for (const auto& [name, value] : worker_environment(options))
      add(command, {"--setenv", name.c_str(), value.c_str()});
    add_files(command);
    command.insert(command.end(), {"--info-fd", std::to_string(information_descriptor)});
    add(command, {"--"});
  }
  // As -I, which would also ignore PYTHONHASHSEED: the order of a set of strings is to be the same each time.
  // -P: no module of ours comes from the current folder.
  command.push_back(python);
  add(command, {"-P", "-s", "-S", "-B", "-X", "utf8", "-c", worker_source});
  command.push_back(marker);
  return command;
}

}  // namespace pbb
