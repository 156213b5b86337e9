// The HTTP side of a server: sockets, connections, threads. Requests are parsed and routed by cpp-httplib;
// what it leaves open is settled here: a client that breaks off is noticed, a request that is not sent in
// time or is too long is refused, a full house is said so, and a stop lets those who are being served finish.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/file_descriptor.h"

namespace pbb {

struct HttpOptions {
  std::string host = "127.0.0.1";
  int port = 8080;                    // 0: any that is free
  std::size_t threads = 80;           // requests answered at once, of any kind
  std::size_t waiting = 256;          // connections that wait for one of them
  std::size_t body_bytes = 1u << 20;  // of a request
  double receive_seconds = 20;        // for a request to arrive whole
};

class HttpServer : private httplib::Server {
 public:
  // Takes the port; connections wait until `run`. InputError when it is not to be had.
  explicit HttpServer(const HttpOptions& options);
  ~HttpServer() override;

  int port() const { return port_; }
  // Handlers are added here, before `run`.
  httplib::Server& routes() { return *this; }
  // Serves until `stop` can be read from; then takes nobody new, and returns when the last answer is out.
  void run(int stop);

 private:
  void work();
  void serve(FileDescriptor connection);
  void refuse(const FileDescriptor& connection) const;

  HttpOptions options_;
  FileDescriptor listener_;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FileDescriptor> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Whether the client whose request the calling thread handles has closed its connection.
bool client_is_gone();

}  // namespace pbb
