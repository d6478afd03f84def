//! A connection that ends when nothing comes of it for too long.
//!
//! What counts is that a request begins, that one is being answered, or that the peer takes bytes
//! of an answer. Bytes that arrive do not count by themselves: a head that dribbles in ends as
//! silence does. A body has a limit of its own, which knows what to answer ([`super::body`]). One
//! timer for each connection, instead of one for each request, which would cost more than looking.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// The requests of one connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

/// A request that is being read or answered; ends when dropped.
pub(super) struct Turn(Arc<Counts>);

impl Requests {
    /// The head of a request has arrived.
    pub(super) fn begin(&self) -> Turn {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        Turn(Arc::clone(&self.0))
    }

    fn begun(&self) -> usize {
        self.0.begun.load(Ordering::Relaxed)
    }

    fn is_one_under_way(&self) -> bool {
        self.begun() != self.0.ended.load(Ordering::Relaxed)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// Looks at a connection within the time that it has.
const LOOKS: u32 = 4;

/// A connection with an end to its patience.
pub(super) struct Patient {
    stream: TcpStream,
    requests: Requests,
    /// From one look to the next.
    pause: Duration,
    timer: Pin<Box<Sleep>>,
    /// The peer has taken something since the last look.
    taken: bool,
    /// Requests that had begun at the last look.
    begun: usize,
    /// Looks in a row at which nothing had come of it.
    still: u32,
}

impl Patient {
    /// Ends a connection of which nothing comes for `limit`, and at the latest a quarter later.
    pub(super) fn new(stream: TcpStream, limit: Duration, requests: Requests) -> Self {
        let pause = limit / LOOKS;
        Self {
            stream,
            requests,
            pause,
            timer: Box::pin(tokio::time::sleep(pause)),
            taken: false,
            begun: 0,
            still: 0,
        }
    }

    /// To be called whenever there is nothing to do: it is the timer that looks again.
    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        while self.timer.as_mut().poll(context).is_ready() {
            let begun = self.requests.begun();
            let is_of_use = std::mem::take(&mut self.taken)
                || std::mem::replace(&mut self.begun, begun) != begun
                || self.requests.is_one_under_way();
            self.still = if is_of_use { 0 } else { self.still + 1 };
            if self.still >= LOOKS {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.timer.set(tokio::time::sleep(self.pause));
        }
        Poll::Pending
    }

    fn taking(
        &mut self,
        polled: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        match polled {
            Poll::Ready(done) => {
                self.taken = true;
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
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(done) => Poll::Ready(done),
            Poll::Pending => self.wait(context),
        }
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.taking(polled, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.taking(polled, context)
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
