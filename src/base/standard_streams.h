// Standard input, output and error as a program may rely on them, whatever it was started with.
#pragma once

namespace pbb {

// To be called first in main. A descriptor among 0, 1 and 2 that is closed would be taken by the next file that
// is opened, and what is printed would go into that file: closed ones read nothing, refuse what is written
// (output) or drop it (error). What cannot be written to standard error, because its disk is full, or the
// terminal or the reader of a pipe is gone, is dropped: a message that nobody gets is no reason to end what it
// tells of.
void secure_standard_streams();

}  // namespace pbb
