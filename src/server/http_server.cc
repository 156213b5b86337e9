#include "server/http_server.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <cstring>
#include <memory>

#include "base/error.h"
#include "server/connection.h"

namespace pbb {
namespace {

using Clock = std::chrono::steady_clock;

thread_local const Connection* served = nullptr;  // by this thread, now

struct AddressesFree {
  void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};

FileDescriptor listening_socket(const std::string& host, int port) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (failure != 0) {
    throw InputError(fmt::format("{}: no address to listen on: {}", host, ::gai_strerror(failure)),
                     "127.0.0.1 is this machine alone, 0.0.0.0 every network that it is in");
  }
  const std::unique_ptr<addrinfo, AddressesFree> addresses(found);
  int reason = 0;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    FileDescriptor socket(::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol));
    const int yes = 1;
    if (socket && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        ::bind(socket.get(), one->ai_addr, one->ai_addrlen) == 0 && ::listen(socket.get(), 512) == 0)
      return socket;
    reason = errno;
  }
  throw InputError(fmt::format("cannot listen on {}, port {}: {}", host, port, std::strerror(reason)),
                   "another process may have that port: choose one with --port");
}

int port_of(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

}  // namespace

bool client_is_gone() {
  return served != nullptr && served->is_gone();
}

HttpServer::HttpServer(const HttpOptions& options)
    : options_(options),
      listener_(listening_socket(options.host, options.port)),
      port_(port_of(listener_.get())) {
  svr_sock_ = listener_.get();  // without one, cpp-httplib takes itself for stopped, and writes nothing
  set_payload_max_length(options.body_bytes);
}

HttpServer::~HttpServer() {
  svr_sock_ = -1;
}

void HttpServer::run(int stop) {
  for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
  while (true) {
    pollfd ready[] = {{listener_.get(), POLLIN, 0}, {stop, POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0 && errno != EINTR) break;
    if (ready[1].revents != 0) break;
    if (ready[0].revents == 0) continue;
    FileDescriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) {
      if (errno == EMFILE || errno == ENFILE) std::this_thread::sleep_for(std::chrono::milliseconds(10));
      continue;
    }
    const int yes = 1;
    ::setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    std::unique_lock lock(mutex_);
    if (waiting_.size() >= options_.waiting) {
      lock.unlock();
      refuse(connection);
      continue;
    }
    waiting_.push_back(std::move(connection));
    changed_.notify_one();
  }
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void HttpServer::work() {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    FileDescriptor connection = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    serve(std::move(connection));
  }
}

// One request a connection: what is amiss with it, or left unread of it, can then not pass for the next one.
void HttpServer::serve(FileDescriptor descriptor) {
  const auto time =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.receive_seconds));
  Connection connection(descriptor.get(), Clock::now() + time);
  served = &connection;
  bool closed = false;
  try {
    process_request(connection, true, closed, nullptr);
  } catch (const std::exception&) {  // of cpp-httplib's own making: there is nobody to tell but by closing
  }
  served = nullptr;
  connection.close_gently();
}

void HttpServer::refuse(const FileDescriptor& connection) const {
  constexpr std::string_view answer =
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
  [[maybe_unused]] const auto sent =
      ::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace pbb
