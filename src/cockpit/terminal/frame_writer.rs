//! Where frames are written: whole frames while the screen is ours, nothing afterwards.

use std::io::{self, Write};

use super::guard;

/// Collects a frame and writes it at once. Once the screen was given back it swallows what is left: half a frame would land
/// in the shell, and ratatui's own clean-up panics where the terminal is gone.
#[derive(Debug, Default)]
pub(super) struct FrameWriter(Vec<u8>);

impl Write for FrameWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let frame = std::mem::take(&mut self.0);
        if frame.is_empty() || !guard::is_entered() {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(&frame)?;
        stdout.flush()
    }
}
