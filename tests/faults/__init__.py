"""What faults do to acknowledged writes: `python -m tests.faults`. A server of its own, clients that retry, a checker.

Under load something is killed, cut, filled or made to wait. The clients repeat by their ids until they are answered,
and note outside the database what they were told; afterwards that is compared with what the database holds.
"""

import sys
from pathlib import Path

# pytest has the tests' folder on its path; `python -m` has the one above.
if (_tests := str(Path(__file__).resolve().parents[1])) not in sys.path:
    sys.path.insert(0, _tests)
