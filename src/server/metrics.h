// Counters of a server in Prometheus's text format.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace pbb {

// As in {"pbb_decisions_total", {{"answered_by", "model"}}}.
using Labels = std::vector<std::pair<std::string, std::string>>;

class Metrics {
 public:
  // Of one of the series in the table of metrics.cc. May be called from several threads.
  void add(const std::string& name, const Labels& labels = {}, double value = 1);
  // With `gauges`, what is so at this moment: of the table too.
  std::string text(const std::vector<std::pair<std::string, double>>& gauges) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, double>> series_;  // by name, then labels as they are written
};

}  // namespace pbb
