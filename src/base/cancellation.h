// SIGINT, SIGTERM and SIGHUP (the terminal has gone) as a flag that long loops look at.
#pragma once

namespace pbb {

void install_signal_handlers();  // once, in main; a second SIGINT ends the process at once
bool cancellation_requested();
void request_cancellation();  // what the handlers do; tests call it
void clear_cancellation();
void throw_if_cancelled();  // Interrupted

}  // namespace pbb
