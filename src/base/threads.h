// How many threads OpenMP takes, and how long those that wait for work spin before they sleep.
#pragma once

namespace pbb {

// Starts this program again, once, with what libgomp is to know of the machine; it reads that from variables
// before main, so that no call from within can say it to all threads. What the user has set is kept:
// - GOMP_SPINCOUNT (or OMP_WAIT_POLICY): a short spin. libgomp's own default is milliseconds a wait: beside
//   other busy processes, each of the hundreds of waits a token then burns the time that the thread waited
//   for would need, and a command is slowed a hundredfold.
// - OMP_NUM_THREADS: in a control group with a quota of processor time (a container) no more threads than that
//   lets run. libgomp counts the machine's processors; threads beyond the quota would be stopped in the middle
//   of what the others wait for.
// Call it first in main; where the program cannot be started again it returns, and only speed is lost.
void prepare_threads(char** argv);

}  // namespace pbb
