//! A connection that ends when nothing moves on it for too long.
//!
//! Counts while the peer is to send or to take something, not while a request is being answered:
//! a slow signature must not cost its client the answer. Whether what moves makes sense is for
//! HTTP to say, which has limits of its own.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// How many requests of one connection are being answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Answering(Arc<AtomicUsize>);

/// One of them; ends when dropped.
pub(super) struct Turn(Arc<AtomicUsize>);

impl Answering {
    pub(super) fn begin(&self) -> Turn {
        self.0.fetch_add(1, Ordering::AcqRel);
        Turn(Arc::clone(&self.0))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Looks at a connection within the time that it may be still. The timer of a busy one is not set
/// anew for every request, which would cost more than looking.
const LOOKS: u32 = 4;

/// A connection with an end to its patience.
pub(super) struct Patient {
    stream: TcpStream,
    answering: Answering,
    /// From one look to the next.
    pause: Duration,
    timer: Pin<Box<Sleep>>,
    /// Something has moved since the last look.
    moved: bool,
    /// Looks in a row at which nothing had moved.
    still: u32,
}

impl Patient {
    /// Ends a connection on which nothing moves for `limit`, and at the latest a quarter later.
    pub(super) fn new(stream: TcpStream, limit: Duration, answering: Answering) -> Self {
        let pause = limit / LOOKS;
        Self {
            stream,
            answering,
            pause,
            timer: Box::pin(tokio::time::sleep(pause)),
            moved: false,
            still: 0,
        }
    }

    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        while self.timer.as_mut().poll(context).is_ready() {
            if std::mem::take(&mut self.moved) {
                self.still = 0;
            } else {
                self.still += 1;
            }
            if self.still >= LOOKS {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.timer.set(tokio::time::sleep(self.pause));
        }
        Poll::Pending
    }

    fn progress<T>(
        &mut self,
        polled: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        match polled {
            Poll::Ready(done) => {
                self.moved = true;
                Poll::Ready(done)
            }
            Poll::Pending => self.wait(context),
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if polled.is_pending() && self.answering.0.load(Ordering::Acquire) > 0 {
            self.moved = true;
            return Poll::Pending;
        }
        self.progress(polled, context)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.progress(polled, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.progress(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Nothing is buffered here: a flush moves nothing.
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
