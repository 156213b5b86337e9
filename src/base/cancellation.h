// SIGINT, SIGTERM and SIGHUP (the terminal has gone) as a flag that long loops look at.
#pragma once

namespace pbb {

void install_signal_handlers();  // once, in main; a second SIGINT ends the process at once
// Has `handler`, which may do no more than a signal's handler may, called at those signals in its place.
void handle_stop_signals(void (*handler)(int signal));
bool cancellation_requested();
void request_cancellation();  // what the handlers do; tests call it
void clear_cancellation();
void throw_if_cancelled();  // Interrupted

}  // namespace pbb
