namespace Fml.Native;

/// <summary>Work that can be done in independent pieces; see <see cref="Workers.For{TWork}"/>.</summary>
public interface IWork
{
    /// <summary>Does piece <paramref name="index"/>.</summary>
    void Run(int index);
}

/// <summary>
/// A fixed team of threads that shares out the pieces of one job at a time. The caller works too and returns when all is done.
/// Nothing is allocated by a job. Which thread does a piece is left to chance, so pieces must be independent and a piece's result must not depend
/// on the number of threads: that is what makes results reproducible.
/// </summary>
public sealed unsafe class Workers : IDisposable
{
    private readonly Thread[] threads;
    private readonly SemaphoreSlim wake = new(0);
    private readonly Lock oneJob = new();
    private void* work;
    private delegate*<void*, int, void> invoke;
    private int pieces;
    private int next;
    private int busy;
    private int generation;
    private volatile int sleepers;
    private volatile bool closing;
    private Exception? failure;
    [ThreadStatic] private static bool insideJob;

    /// <summary>Starts a team of <paramref name="count"/> threads, the caller of a job included.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one thread.</exception>
    public Workers(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        threads = [.. Enumerable.Range(1, count - 1).Select(i => new Thread(Serve) { IsBackground = true, Name = $"fml worker {i}" })];
        foreach (var thread in threads) thread.Start();
    }

    /// <summary>Threads that share a job, the caller included.</summary>
    public int Count { get; }

    /// <summary>
    /// Runs <c>job.Run(0 .. count-1)</c>, each once, and returns when all are done. A job started inside a job runs on its own thread alone.
    /// </summary>
    /// <exception cref="AggregateException">A piece threw; the first failure is inside.</exception>
    public void For<TWork>(int count, TWork job) where TWork : unmanaged, IWork
    {
        if (count <= 1 || threads.Length == 0 || insideJob)
        {
            for (var i = 0; i < count; i++) job.Run(i);
            return;
        }
        lock (oneJob)
        {
            work = &job;
            invoke = &Invoke<TWork>;
            pieces = count;
            failure = null;
            busy = threads.Length;
            Volatile.Write(ref next, 0);
            Interlocked.Increment(ref generation); // a full fence: a worker about to sleep sees it, or is counted below
            if (sleepers > 0) wake.Release(sleepers);
            Drain();
            var spin = new SpinWait();
            while (Volatile.Read(ref busy) > 0) spin.SpinOnce(-1);
            if (failure is { } first) throw new AggregateException(first);
        }
    }

    private static void Invoke<TWork>(void* job, int index) where TWork : unmanaged, IWork => ((TWork*)job)->Run(index);

    private void Drain()
    {
        insideJob = true;
        try
        {
            for (int i; (i = Interlocked.Increment(ref next) - 1) < pieces;) invoke(work, i);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref failure, e, null);
            Volatile.Write(ref next, pieces);
        }
        finally
        {
            insideJob = false;
        }
    }

    private void Serve()
    {
        var seen = 0;
        while (!closing)
        {
            AwaitJob(seen);
            if (closing) return;
            seen = Volatile.Read(ref generation);
            Drain();
            Interlocked.Decrement(ref busy);
        }
    }

    // Spins for some microseconds, since the next kernel of a program follows at once; then sleeps.
    private void AwaitJob(int seen)
    {
        for (var i = 0; i < 2000; i++)
        {
            if (Volatile.Read(ref generation) != seen || closing) return;
            Thread.SpinWait(20);
        }
        while (Volatile.Read(ref generation) == seen && !closing)
        {
            Interlocked.Increment(ref sleepers);
            if (Volatile.Read(ref generation) == seen && !closing) wake.Wait();
            Interlocked.Decrement(ref sleepers);
        }
    }

    /// <summary>Ends the threads. No job may be running.</summary>
    public void Dispose()
    {
        closing = true;
        wake.Release(threads.Length + 1);
        foreach (var thread in threads) thread.Join();
        wake.Dispose();
    }
}
