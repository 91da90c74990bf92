// CPU quotas of control groups, read from made-up trees of /proc and /sys.
#include "base/cores.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace lutgemm::base {
namespace {

class Tree {
 public:
  std::string root() const { return directory_.path(); }
  void Write(const std::string& path, const std::string& text) const {
    const std::filesystem::path full = root() + path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }

 private:
  test::TempDir directory_;
};

constexpr char kV2Mount[] =
    "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:4 master:9 - cgroup2 cgroup2 "
    "rw,nsdelegate\n";
constexpr char kV1Mount[] =
    "31 23 0:27 / /sys/fs/cgroup/memory rw shared:5 - cgroup cgroup rw,memory\n"
    "32 23 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:6 - cgroup cgroup rw,cpu,cpuacct\n";

TEST_CASE("texts of cpu.max") {
  CHECK(CoresOfCpuMax("200000 100000") == 2);
  CHECK(CoresOfCpuMax("150000 100000") == 2);
  CHECK(CoresOfCpuMax("100000 100000") == 1);
  CHECK(CoresOfCpuMax("20000 100000") == 1);
  CHECK(CoresOfCpuMax("300000 50000\n") == 6);
  for (const char* none : {"max 100000", "max", "", "100000", "0 100000", "1 0", "-1 100000"}) {
    CAPTURE(none);
    CHECK(CoresOfCpuMax(none) == 0);
  }
}

TEST_CASE("no tree, no quota") {
  const Tree tree;
  CHECK(QuotaCores(tree.root()) == 0);
  tree.Write("/proc/self/mountinfo", kV2Mount);
  CHECK(QuotaCores(tree.root()) == 0);
  tree.Write("/proc/self/cgroup", "0::/\n");
  CHECK(QuotaCores(tree.root()) == 0);
}

TEST_CASE("cgroup v2: the tightest quota on the way to the root") {
  const Tree tree;
  tree.Write("/proc/self/mountinfo", kV2Mount);
  tree.Write("/proc/self/cgroup", "0::/user.slice/app.scope\n");
  tree.Write("/sys/fs/cgroup/user.slice/app.scope/cpu.max", "max 100000\n");
  CHECK(QuotaCores(tree.root()) == 0);
  tree.Write("/sys/fs/cgroup/user.slice/cpu.max", "350000 100000\n");
  CHECK(QuotaCores(tree.root()) == 4);
  tree.Write("/sys/fs/cgroup/user.slice/app.scope/cpu.max", "800000 100000\n");
  CHECK(QuotaCores(tree.root()) == 4);
  tree.Write("/sys/fs/cgroup/user.slice/app.scope/cpu.max", "100000 100000\n");
  CHECK(QuotaCores(tree.root()) == 1);
}

TEST_CASE("cgroup v2: a container sees its own group as the root") {
  const Tree tree;
  tree.Write("/proc/self/mountinfo", kV2Mount);
  tree.Write("/proc/self/cgroup", "0::/\n");
  tree.Write("/sys/fs/cgroup/cpu.max", "200000 100000\n");
  CHECK(QuotaCores(tree.root()) == 2);
}

TEST_CASE("cgroup v2: names with blanks and backslashes") {
  const Tree tree;
  tree.Write("/proc/self/mountinfo",
             "30 23 0:26 /my\\040app /sys/c\\134g\\040x rw - cgroup2 cgroup2 rw\n");
  tree.Write("/proc/self/cgroup", "0::/my app/one\n");
  tree.Write("/sys/c\\g x/one/cpu.max", "200000 100000\n");
  CHECK(QuotaCores(tree.root()) == 2);
}

TEST_CASE("cgroup v1") {
  const Tree tree;
  tree.Write("/proc/self/mountinfo", kV1Mount);
  tree.Write("/proc/self/cgroup", "5:memory:/other\n4:cpu,cpuacct:/jobs/one\n0::/none\n");
  const std::string group = "/sys/fs/cgroup/cpu,cpuacct/jobs";
  tree.Write(group + "/one/cpu.cfs_quota_us", "-1\n");
  tree.Write(group + "/one/cpu.cfs_period_us", "100000\n");
  CHECK(QuotaCores(tree.root()) == 0);
  tree.Write(group + "/cpu.cfs_quota_us", "250000\n");
  tree.Write(group + "/cpu.cfs_period_us", "100000\n");
  CHECK(QuotaCores(tree.root()) == 3);
}

TEST_CASE("cgroup v1: a container whose mount is its own group") {
  const Tree tree;
  tree.Write("/proc/self/mountinfo",
             "32 23 0:28 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n");
  tree.Write("/proc/self/cgroup", "4:cpu:/docker/abc\n");
  tree.Write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000\n");
  tree.Write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  CHECK(QuotaCores(tree.root()) == 2);
  // A group whose name only begins with the mount's is not below it.
  tree.Write("/proc/self/cgroup", "4:cpu:/docker/abcd/two\n");
  CHECK(QuotaCores(tree.root()) == 2);
  tree.Write("/proc/self/cgroup", "4:cpu:/docker/abc\n");
  // The same where the mount does not say which group it is.
  tree.Write("/proc/self/mountinfo", kV1Mount);
  tree.Write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "300000\n");
  tree.Write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  CHECK(QuotaCores(tree.root()) == 3);
}

}  // namespace
}  // namespace lutgemm::base
