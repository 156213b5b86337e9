// How long OpenMP's threads that wait for work spin before they sleep.
#pragma once

namespace pbb {

// Starts this program again, once, with a short spin (GOMP_SPINCOUNT) where neither it nor OMP_WAIT_POLICY
// is set. libgomp's own default is milliseconds a wait: beside other busy processes, each of the hundreds
// of waits a token then burns the time that the thread waited for would need, and a command is slowed a
// hundredfold. libgomp reads the variable before main, so no call from within can set it. Call it first in
// main; where the program cannot be started again it returns, and only speed is lost.
void limit_thread_spinning(char** argv);

}  // namespace pbb
