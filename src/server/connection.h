// One client's connection, as cpp-httplib reads and writes it.
#pragma once

#include <httplib.h>

#include <array>
#include <chrono>
#include <string>

namespace pbb {

class Connection : public httplib::Stream {
 public:
  // The request must have arrived by `deadline`; a write may wait ten seconds for the client to read.
  Connection(int socket, std::chrono::steady_clock::time_point deadline);

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* bytes, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

  bool is_gone() const;  // the client has closed it
  // Says that nothing more comes, and takes what the client is still sending: it could not read the answer if
  // the connection were cut under it.
  void close_gently();

 private:
  bool wait(short events, std::chrono::steady_clock::time_point until) const;

  int socket_;
  std::chrono::steady_clock::time_point deadline_;
  std::array<char, 4096> buffer_{};
  std::size_t begin_ = 0, end_ = 0;  // of what was received and not read yet
};

}  // namespace pbb
