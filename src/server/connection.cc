#include "server/connection.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace pbb {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto write_time = std::chrono::seconds(10);
constexpr auto closing_time = std::chrono::seconds(2);

void describe_address(int (*ask)(int, sockaddr*, socklen_t*), int socket, std::string& ip, int& port) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  char host[NI_MAXHOST] = {}, service[NI_MAXSERV] = {};
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (ask(socket, generic, &length) != 0 ||
      ::getnameinfo(generic, length, host, sizeof host, service, sizeof service,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return;
  ip = host;
  port = std::atoi(service);
}

}  // namespace

Connection::Connection(int socket, Clock::time_point deadline) : socket_(socket), deadline_(deadline) {}

bool Connection::wait(short events, Clock::time_point until) const {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd one{socket_, events, 0};
    const int count = ::poll(&one, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (count >= 0 || errno != EINTR) return count > 0;
  }
}

bool Connection::is_readable() const {
  return begin_ < end_ || wait(POLLIN, deadline_);
}

bool Connection::is_writable() const {
  return !is_gone() && wait(POLLOUT, Clock::now() + write_time);
}

ssize_t Connection::read(char* bytes, size_t size) {
  if (begin_ == end_) {
    if (!wait(POLLIN, deadline_)) return -1;
    const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (count <= 0) return count;
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
  }
  const std::size_t taken = std::min(size, end_ - begin_);
  std::memcpy(bytes, buffer_.data() + begin_, taken);
  begin_ += taken;
  return static_cast<ssize_t>(taken);
}

ssize_t Connection::write(const char* bytes, size_t size) {
  if (!wait(POLLOUT, Clock::now() + write_time)) return -1;
  return ::send(socket_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  describe_address(::getpeername, socket_, ip, port);
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  describe_address(::getsockname, socket_, ip, port);
}

bool Connection::is_gone() const {
  pollfd one{socket_, POLLRDHUP, 0};
  return ::poll(&one, 1, 0) > 0 && (one.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void Connection::close_gently() {
  ::shutdown(socket_, SHUT_WR);
  const auto until = Clock::now() + closing_time;
  std::array<char, 4096> unread;
  while (wait(POLLIN, until) && ::recv(socket_, unread.data(), unread.size(), MSG_DONTWAIT) > 0) {
  }
}

}  // namespace pbb
