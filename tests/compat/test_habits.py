"""Old habits of programs, each in a program of old, run by a real process under the runner.

All stories run in one process, one after another, as starting Python costs most. A story is what a program says; it
asserts what the program must see.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from millpond.compat.habits import table

# Habit (its place in the table), or habit and a word: what a program says.
STORIES = {
    "numpy_names:mend_types": """
        import numpy as np
        assert np.zeros(2, dtype=np.float).dtype == np.float64 and np.float(3) == 3.0 and type(np.float(3)) is float
        assert np.array([1.7]).astype(np.int)[0] == 1 and np.array(["a"], np.object)[0] == "a" and np.str is str
        assert np.zeros(1, np.complex).dtype == np.complex128 and np.ones(1, np.bool)[0] == True
        assert np.long(3) == 3 and np.unicode is str and np.float_ is np.float64
        assert np.cast[np.float32]([1, 2]).dtype == np.float32 and np.dtype(np.typeDict["float32"]) == np.float32
        assert np.float32 in np.sctypes["float"]
    """,
    "numpy_names:mend_types in a compiled run": """
        import millpond as tf
        options = tf.OptimizerOptions(global_jit_level=1)
        config = tf.ConfigProto(graph_options=tf.GraphOptions(optimizer_options=options))
        with tf.Graph().as_default(), tf.Session(config=config) as sess:
            x = tf.placeholder(tf.float32, [None, 2])
            assert sess.run(tf.nn.softmax(tf.matmul(x, tf.ones([2, 2]))), {x: [[1, 2]]}).tolist() == [[0.5, 0.5]]
    """,
    "numpy_names:mend_constants": """
        import numpy as np
        from numpy import Inf
        assert np.Inf == np.PINF == np.Infinity == Inf == float("inf") and np.NINF < 0 and np.isnan(np.NaN)
    """,
    "numpy_names:mend_functions": """
        import numpy as np
        assert np.product([2, 3]) == 6 and list(np.cumproduct([2, 3])) == [2, 6] and np.sometrue([0, 1])
        assert not np.alltrue([0, 1]) and list(np.in1d([1, 5], [5])) == [False, True]
        assert np.row_stack([[1], [2]]).shape == (2, 1) and np.trapz([0, 1]) == 0.5 and np.alen([1, 2]) == 2
        assert np.asscalar(np.array([7])) == 7 and type(np.asscalar(np.float32(2))) is float
        assert np.round_(1.6) == 2 and np.rank(np.zeros([2, 2])) == 2 and np.msort([[2], [1]]).tolist() == [[1], [2]]
        assert np.asfarray([1]).dtype == np.float64 and np.mat("1 2; 3 4").I.shape == (2, 2)
        assert np.issubclass_(np.int32, np.integer) and np.find_common_type([np.float32], [np.int64]) == np.float32
        assert np.find_common_type([np.int32], [np.float64]) == np.float64 and np.obj2sctype("f4") is np.float32
    """,
    "numpy_names:mend_errors": """
        import numpy as np, warnings
        warnings.filterwarnings("ignore", category=np.VisibleDeprecationWarning)
        try:
            np.sum(np.zeros(2), axis=3)
            assert False
        except np.AxisError:
            pass
    """,
    "numpy_names:mend_submodules": """
        import numpy as np
        from numpy.lib import pad
        from numpy.testing import assert_allclose, rand
        assert pad([1], 1, "constant").tolist() == [0, 1, 0] and np.linalg.linalg.norm([3, 4]) == 5
        assert 0 <= rand(2)[1] < 1
        try:
            np.lib.nothing_of_the_kind
            assert False
        except AttributeError as error:
            assert "nothing_of_the_kind" in str(error)
    """,
    "numpy_names:mend_printing": """
        import numpy as np
        assert str([np.float32(0.5), np.int64(3)]) == "[0.5, 3]" and repr(np.float64(2)) == "2.0"
        assert str({"loss": np.mean([1.0])}) == "{'loss': 1.0}"
    """,
    "numpy_calls:mend_reshape": """
        import numpy as np
        assert np.reshape(np.arange(6), newshape=(2, 3)).shape == (2, 3) and np.reshape(np.arange(6), (3, 2)).size == 6
        assert np.reshape(a=np.arange(6), newshape=[6]).shape == (6,)
    """,
    "numpy_calls:mend_fromstring": """
        import numpy as np
        read = np.fromstring(b"\\x01\\x02", dtype=np.uint8)
        read[0] = 9  # it is a copy
        assert read.tolist() == [9, 2] and np.fromstring("1 2", sep=" ").tolist() == [1.0, 2.0]
        assert np.fromstring(np.arange(3.0).tostring()).tolist() == [0, 1, 2]
    """,
    "numpy_calls:mend_ragged": """
        import numpy as np
        ragged = np.array([[1], [1, 2]])
        assert ragged.dtype == object and ragged.shape == (2,) and ragged[1] == [1, 2]
        assert np.asarray([[[1]], [[1], [2]]]).shape == (2,)
        try:
            np.array([[1], [1, 2]], np.float32)
            assert False
        except ValueError as error:
            assert "inhomogeneous" in str(error)
    """,
    "numpy_calls:mend_ragged of a feed": """
        import millpond as tf
        with tf.Graph().as_default(), tf.Session() as sess:
            x = tf.placeholder(tf.float32)
            try:
                sess.run(x + 1, {x: [[1], [1, 2]]})
                assert False
            except ValueError as error:
                assert "sequence" in str(error) or "ragged" in str(error), error
    """,
    "numpy_calls:mend_sizes": """
        import numpy as np
        assert np.zeros(3.0).shape == (3,) and np.ones((2.0, 3)).shape == (2, 3) and np.linspace(0, 1, 5.0).size == 5
        assert np.linspace(0, 1, num=10 / 2).size == 5 and np.reshape(np.arange(4), (4 / 2, -1)).shape == (2, 2)
        for size in (2.5, "two", None):
            try:
                np.linspace(0, 1, size)
                assert False
            except TypeError:
                pass
    """,
    "numpy_calls:mend_random": """
        import numpy as np
        np.random.seed(3)
        expected = np.random.randn(2, 3)
        np.random.seed(3.0)
        assert (np.random.randn(2.0, 3) == expected).all() and np.random.normal(size=4.0).shape == (4,)
    """,
    "numpy_calls:mend_histogram": """
        import numpy as np
        assert abs(np.histogram([1, 2, 3], bins=2, normed=True)[0].sum() - 1) < 1e-6
    """,
    "array_methods:mend_methods": """
        import numpy as np
        a = np.arange(4, dtype=np.int16).reshape(2, 2)
        assert a.tostring() == a.tobytes() and a.ptp() == 3 and a.T.tostring() == a.T.tobytes()
        a.itemset((0, 1), 7); a.itemset(3, 8); a.itemset(1, 0, 9)
        assert a.tolist() == [[0, 7], [9, 8]] and a.newbyteorder()[0, 1] == 7 << 8
    """,
    "array_methods:mend_one_element": """
        import math
        import numpy as np
        one = np.array([[2.5]])
        assert int(one) == 2 and float(one) == 2.5 and complex(one) == 2.5 and math.floor(np.array([2.5])[0]) == 2
        assert "%d %.2f" % (np.array([3]), one) == "3 2.50" and math.sqrt(np.array([4.0])) == 2.0
        filled = np.zeros(3)
        filled[1] = one
        filled[2] = [np.array([4.0])]
        assert filled.tolist() == [0, 2.5, 4]
        for wrong in ("float(np.zeros(2))", "filled.__setitem__(0, np.zeros(2))", "int(np.zeros([0]))"):
            try:
                eval(wrong)
                assert False
            except (TypeError, ValueError) as error:
                assert "array" in str(error)
        class Own(np.ndarray):
            pass
        assert float(np.array([5.0]).view(Own)) == 5 and float(np.matrix([[6.0]])) == 6
    """,
    "array_methods:mend_emptiness": """
        import numpy as np
        assert not np.array([]) and not np.zeros([0, 3]) and np.array([2]) and not np.array([0])
        try:
            bool(np.zeros(2))
            assert False
        except ValueError as error:
            assert "ambiguous" in str(error)
    """,
    "array_methods:mend_one_element of a run": """
        import millpond as tf
        with tf.Graph().as_default(), tf.Session() as sess:
            assert "%d, %.1f" % (sess.run(tf.constant([3])), sess.run(tf.constant([[0.5]]))) == "3, 0.5"
    """,
    "ipython_names:mend_ipython": """
        from IPython.display import HTML, Image, display, clear_output
        clear_output()
        display(HTML("<b>bold</b>"), Image(filename="curve.png"))
        assert repr(Image(filename="curve.png")) == "<Image: curve.png>" or "IPython" in str(type(Image))
    """,
    "standard_library:mend_time": """
        import time
        start = time.clock()
        assert time.clock() >= start >= 0
    """,
    "standard_library:mend_collections": """
        import collections
        from collections import Iterable, Sequence
        assert isinstance({}, collections.Mapping) and isinstance([], Iterable) and issubclass(list, Sequence)
    """,
    "standard_library:mend_inspect": """
        import inspect
        def f(a, b=2, *rest, **named): pass
        spec = inspect.getargspec(f)
        assert spec.args == ["a", "b"] and spec.defaults == (2,) and spec.varargs == "rest"
        assert spec.keywords == "named" and tuple(spec) == (["a", "b"], "rest", "named", (2,))
    """,
    "standard_library:mend_fractions": """
        from fractions import gcd
        assert gcd(12, 18) == 6
    """,
    "standard_library:mend_urllib": """
        import os, tempfile, urllib
        from urllib import urlencode, quote
        folder = tempfile.mkdtemp()
        with open(os.path.join(folder, "a b.txt"), "w") as file:
            file.write("text")
        url = "file://" + urllib.pathname2url(os.path.join(folder, "a b.txt"))
        name, headers = urllib.urlretrieve(url, os.path.join(folder, "copy"))
        assert open(name).read() == "text" and urllib.urlopen(url).read() == b"text"
        assert quote("a b") == "a%20b" and urlencode({"a": 1}) == "a=1" and urllib.unquote("a%20b") == "a b"
    """,
    "standard_library:mend_open": """
        import os, tempfile, io
        path = os.path.join(tempfile.mkdtemp(), "lines")
        with open(path, "wb") as file:
            file.write(b"a\\r\\nb\\n")
        assert open(path, "rU").read() == "a\\nb\\n" == open(path, "U").read()
        assert io.open(path, "rU").readline() == "a\\n"
    """,
    "standard_library:mend_base64": """
        import base64
        assert base64.decodestring(base64.encodestring(b"abc")) == b"abc"
    """,
    "standard_library:mend_array": """
        import array
        numbers = array.array("B", [1, 2])
        numbers.fromstring(b"\\x03")
        assert numbers.tostring() == b"\\x01\\x02\\x03"
    """,
    "standard_library:mend_threading": """
        import threading
        assert threading.current_thread().isAlive()
    """,
    "standard_library:mend_platform": """
        import platform
        assert len(platform.linux_distribution()) == 3 == len(platform.dist())
    """,
    "standard_library:mend_random": """
        import random
        assert sorted(random.sample({1, 2, 3}, 3)) == [1, 2, 3] and random.randint(2, 2.0) == 2
        random.seed(3)
        first = [random.randint(0, 9), random.sample(range(9), 2)]
        random.seed(3)
        assert [random.randint(0, 9), random.sample(range(9), 2)] == first and random.Random(3).randrange(10.0) < 10
    """,
    "text_files:mend_csv": """
        import csv, os, tempfile
        path = os.path.join(tempfile.mkdtemp(), "table.csv")
        with open(path, "wb") as file:
            writer = csv.writer(file)
            writer.writerow(["a", 1])
            writer.writerow(["b", 2])
        assert list(csv.reader(open(path, "rb"))) == [["a", "1"], ["b", "2"]]
        assert next(csv.DictReader(open(path, "rb"))) == {"a": "b", "1": "2"}
    """,
    "text_files:mend_json": """
        import json, os, tempfile
        path = os.path.join(tempfile.mkdtemp(), "data.json")
        assert json.loads("[1]", encoding="utf-8") == [1]
        with open(path, "wb") as file:
            json.dump({"a": 1}, file)
            file.write(b"\\n")
        with open(path, "r") as file:
            assert json.load(file) == {"a": 1}
    """,
    "h5py_names:mend_h5py": """
        import os, tempfile
        import h5py
        with h5py.File(os.path.join(tempfile.mkdtemp(), "weights.h5"), "w") as file:
            file["w"] = [1, 2]
            assert file["w"].value.tolist() == [1, 2]
    """,
    "sklearn_names:mend_options": """
        import numpy as np
        from sklearn.cluster import KMeans
        from sklearn.manifold import TSNE
        from sklearn.preprocessing import OneHotEncoder
        assert OneHotEncoder(sparse=False).fit_transform([[0], [1]]).tolist() == [[1, 0], [0, 1]]
        assert TSNE(perplexity=30, n_components=2, n_iter=500).get_params()["max_iter"] == 500
        assert KMeans(n_clusters=2, n_jobs=2, n_init=1).fit(np.array([[0.0], [9.0]])).cluster_centers_.shape == (2, 1)
    """,
    "pandas_names:mend_arguments": """
        import io
        import pandas as pd
        frame = pd.DataFrame({"a": [3, 1], "b": [4.0, 5.0]})
        assert list(frame.drop("a", 1).columns) == ["b"] and frame.drop([0]).shape == (1, 2)
        assert pd.concat([frame, frame], 1).shape == (2, 4) and pd.np.float(1) == 1.0
        assert pd.read_csv(io.StringIO("a\\n1\\n2\\n"), squeeze=True).tolist() == [1, 2]
        assert pd.read_csv(io.StringIO("a b\\n1  2\\n"), delim_whitespace=True).b.tolist() == [2]
        assert len(pd.read_csv(io.StringIO("a,b\\n1,2\\n1,2,3\\n"), error_bad_lines=False)) == 1
        assert pd.read_csv(io.StringIO("a;b\\n1;2\\n"), ";").shape == (1, 2)
    """,
    "pandas_names:mend_values": """
        import numpy as np
        import pandas as pd
        values = pd.DataFrame({"a": [3.0, 1.0]}).values
        values[0] = 7
        np.random.shuffle(values)
        assert sorted(values.ravel()) == [1, 7]
        column = pd.Series([1, 2]).values
        column[0] = 5
        assert column.tolist() == [5, 2]
    """,
    "standard_library:mend_unittest": """
        import unittest
        class Case(unittest.TestCase):
            def runTest(self):
                self.assertEquals(1, 1); self.assertItemsEqual([1, 2], [2, 1]); self.assertRegexpMatches("ab", "a.")
                self.assertRaisesRegexp(ValueError, "invalid", int, "x")
        assert unittest.TextTestRunner(open("/dev/null", "w")).run(Case()).wasSuccessful()
    """,
    "standard_library:mend_html": """
        import cgi
        from HTMLParser import HTMLParser
        assert cgi.escape("<a>") == "&lt;a&gt;" and HTMLParser().unescape("&lt;") == "<"
    """,
    "standard_library:mend_configparser": """
        import io
        from ConfigParser import SafeConfigParser
        parser = SafeConfigParser()
        parser.readfp(io.StringIO("[a]\\nb = 1\\n"))
        assert parser.getint("a", "b") == 1
    """,
    "standard_library:mend_string": """
        import string
        assert string.letters[:2] == "ab" and "abc".translate(string.maketrans("a", "z")) == "zbc"
        assert string.join(["a", "b"], "-") == "a-b" and string.uppercase.startswith("ABC")
    """,
    "standard_library:mend_os": """
        import os
        assert os.getcwdu() == os.getcwd() and os.errno.EEXIST
    """,
    "standard_library:mend_sys": """
        import sys
        assert sys.maxint == sys.maxsize
    """,
    "standard_library:mend_pipes": """
        import pipes
        assert pipes.quote("a b") == "'a b'"
    """,
    "gone_modules:mend_imp": """
        import imp, os, tempfile
        path = os.path.join(tempfile.mkdtemp(), "settings.py")
        with open(path, "w") as file:
            file.write("rate = 0.1")
        settings = imp.load_source("settings", path)
        assert settings.rate == 0.1 and imp.new_module("a").__name__ == "a"
        with open(path, "w") as file:
            file.write("rate = 0.25")
        found = imp.find_module("settings", [os.path.dirname(path)])
        assert imp.load_module("settings", *found).rate == 0.25
    """,
    "gone_modules:mend_distutils": """
        from distutils.version import LooseVersion
        import distutils.util
        assert LooseVersion("1.15.0") >= LooseVersion("1.4") and distutils.util.strtobool("yes") == 1
    """,
    "gone_modules:mend_renamed": """
        import cPickle, Queue, ConfigParser, __builtin__, urlparse, copy_reg, thread
        import cPickle as pickle
        import xml.etree.cElementTree as ET
        queue = Queue.Queue()
        queue.put(3)
        assert queue.get() == 3 and cPickle.loads(pickle.dumps([1], 2)) == [1] and __builtin__.len([1]) == 1
        assert urlparse.urlparse("http://a/b").path == "/b" and ET.fromstring("<a/>").tag == "a"
        from cPickle import *
        assert loads(dumps(2)) == 2
    """,
    "gone_modules:mend_renamed beside six": """
        import six
        from six.moves import cPickle, urllib, xrange
        assert cPickle.loads(cPickle.dumps(list(xrange(3)))) == [0, 1, 2] and urllib.parse.quote("a b") == "a%20b"
        assert six.PY3 and six.moves.urllib.request.urlretrieve
    """,
    "gone_modules:mend_urllib2": """
        import urllib2
        try:
            urllib2.urlopen("file:///no/such/file")
            assert False
        except urllib2.URLError:
            pass
    """,
    "gone_modules:mend_commands": """
        import commands
        assert commands.getoutput("echo word") == "word" and commands.getstatusoutput("exit 0")[0] == 0
    """,
    "gone_modules:mend_string_io": """
        from StringIO import StringIO
        import cStringIO
        from PIL import Image
        buffer = StringIO()
        Image.new("L", (2, 2), 7).save(buffer, format="PNG")
        assert buffer.getvalue()[1:4] == b"PNG"
        buffer.seek(0)
        assert Image.open(buffer).size == (2, 2)
        text = cStringIO.StringIO("a\\nb\\n")
        assert [line.strip() for line in text] == ["a", "b"] and StringIO(b"ab").read() == b"ab"
        text = StringIO()
        text.write("x"); text.writelines(["y", "z"])
        assert text.getvalue() == "xyz"
    """,
    "pickles:mend_pickle": """
        import os, pickle, tempfile
        import cPickle
        # What Python 2 wrote for {"name": "\\xe4", "data": numpy.array([1], "uint8")} with protocol 2.
        written = (b"\\x80\\x02}q\\x00(U\\x04nameq\\x01U\\x01\\xe4q\\x02U\\x04dataq\\x03cnumpy.core.multiarray\\n"
                   b"_reconstruct\\nq\\x04cnumpy\\nndarray\\nq\\x05K\\x00\\x85U\\x01b\\x87Rq\\x06(K\\x01K\\x01\\x85cnumpy\\ndtype\\n"
                   b"q\\x07U\\x02u1K\\x00K\\x01\\x87Rq\\x08(K\\x03U\\x01|NNNJ\\xff\\xff\\xff\\xffJ\\xff\\xff\\xff\\xffK\\x00tb\\x89U\\x01\\x01tbu.")
        path = os.path.join(tempfile.mkdtemp(), "batch")
        with open(path, "wb") as file:
            file.write(b"head" + written)
        with open(path, "rb") as file:
            assert file.read(4) == b"head"
            batch = pickle.load(file)
        assert batch["name"] == "\\xe4" and batch["data"].tolist() == [1]
        assert cPickle.loads(written).keys() == batch.keys()
        with open(path, "w") as file:
            pickle.dump([1, 2], file)
        with open(path) as file:
            assert pickle.load(file) == [1, 2]
        try:
            pickle.loads(written, encoding="ascii")
            assert False
        except UnicodeDecodeError:
            pass
    """,
    "images:mend_scipy_misc": """
        import os, tempfile
        import numpy as np
        import scipy.misc
        from scipy.misc import imread, imsave, imresize
        path = os.path.join(tempfile.mkdtemp(), "image.png")
        pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
        imsave(path, pixels)
        assert (imread(path) == pixels).all() and imread(path, flatten=True).dtype == np.float32
        assert imread(path, mode="L").shape == (4, 4)
        assert imresize(pixels, (2, 6)).shape == (2, 6, 3) and imresize(pixels, 50).shape == (2, 2, 3)
        assert imresize(pixels, 2.0, interp="nearest").shape == (8, 8, 3)
        assert scipy.misc.bytescale(np.array([0.0, 0.5, 1.0])).tolist() == [0, 128, 255]
        assert (scipy.misc.imrotate(pixels, 180) == pixels[::-1, ::-1]).all()
        scipy.misc.imsave(path, np.linspace(0, 1, 16).reshape(4, 4))
        assert imread(path)[0, 0] == 0 and imread(path)[3, 3] == 255
        assert scipy.misc.toimage(pixels, cmin=0, cmax=255).mode == "RGB"
        assert scipy.misc.toimage(pixels > 4).size == (4, 4)
        assert abs(scipy.misc.logsumexp([0.0, 0.0]) - np.log(2)) < 1e-12 and scipy.misc.comb(4, 2) == 6
        assert scipy.misc.factorial(4) == 24
    """,
    "images:mend_ndimage": """
        import os, tempfile
        import numpy as np
        import scipy.ndimage
        from PIL import Image
        path = os.path.join(tempfile.mkdtemp(), "image.png")
        Image.new("L", (3, 2), 7).save(path)
        assert scipy.ndimage.imread(path).tolist() == [[7] * 3] * 2
    """,
    "pillow_names:mend_pillow": """
        from PIL import Image, ImageDraw, ImageFont
        image = Image.new("L", (4, 4), 3)
        assert image.resize((2, 2), Image.ANTIALIAS).size == (2, 2) and image.tostring() == b"\\x03" * 16
        assert ImageFont.load_default().getsize("word")[0] > 4 and ImageDraw.Draw(image).textsize("word")[1] > 4
    """,
    "scipy_names:mend_numpy_in_scipy": """
        import scipy
        assert scipy.interp(0.5, [0, 1], [0, 2]) == 1 and scipy.zeros(2).size == 2 and scipy.randn(3).size == 3
        assert callable(scipy.misc.imread)
    """,
    "scipy_names:mend_eigen": """
        import numpy as np
        import scipy.sparse as sp
        from scipy.sparse.linalg.eigen.arpack import eigsh, ArpackNoConvergence
        from scipy.sparse.linalg import eigen
        largest, _ = eigsh(sp.diags([1.0, 2.0, 3.0, 4.0]), 1, which="LM")
        assert abs(largest[0] - 4) < 1e-9 and eigen.eigsh is eigsh
    """,
    "scipy_names:mend_moved": """
        import scipy.integrate, scipy.linalg, scipy.signal
        assert scipy.signal.gaussian(3, 1)[1] == 1 and scipy.integrate.simps([1, 1, 1]) == 2
        assert scipy.integrate.trapz([0, 1]) == 0.5 and scipy.linalg.pinv2([[2.0]])[0][0] == 0.5
    """,
    "sklearn_names:mend_moved": """
        import numpy as np
        from sklearn.cross_validation import KFold, ShuffleSplit, StratifiedKFold, train_test_split
        from sklearn.grid_search import GridSearchCV
        train, test = train_test_split(np.arange(10), test_size=0.2, random_state=0)
        assert len(train) == 8 and len(test) == 2
        folds = KFold(10, n_folds=5)
        assert len(folds) == 5 and [test.tolist() for _, test in folds][0] == [0, 1]
        assert all(set(np.array([0, 0, 1, 1])[test]) == {0, 1} for _, test in StratifiedKFold([0, 0, 1, 1], n_folds=2))
        assert [len(test) for _, test in ShuffleSplit(10, n_iter=2, test_size=0.3)] == [3, 3]
    """,
    "sklearn_names:mend_externals": """
        from sklearn.externals import joblib
        assert callable(joblib.dump)
    """,
    "sklearn_names:mend_datasets": """
        import sklearn.datasets
        asked = []
        class Found:
            target = __import__("numpy").array(["3"])
        sklearn.datasets.fetch_openml = lambda name, **options: asked.append(name) or Found()
        assert sklearn.datasets.fetch_mldata("MNIST original").target[0] == 3.0 and asked == ["mnist_784"]
    """,
    "sklearn_names:mend_preprocessing": """
        import numpy as np
        from sklearn.preprocessing import Imputer
        assert Imputer(missing_values="NaN", strategy="mean").fit_transform([[1.0], [np.nan], [3.0]])[1, 0] == 2
    """,
    "pandas_names:mend_pandas": """
        import numpy as np
        import pandas as pd
        frame = pd.DataFrame({"a": [3, 1], "b": [4.0, 5.0]}, index=["x", "y"])
        assert frame.as_matrix().tolist() == [[3, 4], [1, 5]] and frame.as_matrix(["b"]).shape == (2, 1)
        assert frame.ix["x", "a"] == 3 == frame.ix[0, "a"]
        assert frame.ix[:1, "b"].tolist() == [4.0] and frame.ix[1]["b"] == 5
        frame.ix[0, "a"] = 7
        assert frame.a.tolist() == [7, 1] and frame.append(frame).shape == (4, 2)
        assert frame.append({"a": 0, "b": 1.0}, ignore_index=True).shape == (3, 2)
        assert frame.sort("a").a.tolist() == [1, 7] and [name for name, _ in frame.iteritems()] == ["a", "b"]
        assert frame.get_value("y", "a") == 1 and frame.b.as_matrix().tolist() == [4, 5]
        numbered = pd.DataFrame({"a": [5, 6]}, index=[1, 0])
        assert numbered.ix[0, "a"] == 6  # labels that are integers are labels
        assert pd.rolling_mean(frame.b, 2).tolist()[1] == 4.5
    """,
    "plotting:mend_pyplot": """
        import matplotlib.pyplot as plt
        figure = plt.figure()
        axes = figure.gca(projection="3d")
        assert axes.name == "3d" and figure.gca() is axes
        plt.figure()
        plt.hold(True)
        heights, _, _ = plt.hist([1, 2, 3], bins=2, normed=True)
        assert abs(heights.sum() - 1) < 1e-6
        plt.gca().set_axis_bgcolor("red")
        plt.style.use("seaborn-darkgrid")
        plt.gcf().canvas.set_window_title("title")
        from mpl_toolkits.axes_grid import ImageGrid
        plt.close("all")
    """,
    "plotting:mend_colour_maps": """
        import matplotlib.cm as cm
        import matplotlib.pyplot as plt
        assert cm.get_cmap("spectral").name == "nipy_spectral" == plt.cm.spectral.name and cm.get_cmap("jet", 4).N == 4
    """,
    "plotting:mend_mlab": """
        import numpy as np
        import matplotlib.mlab as mlab
        assert abs(mlab.normpdf(0, 0, 1) - 1 / np.sqrt(2 * np.pi)) < 1e-12
        grid = np.linspace(-8, 8, 161)
        x, y = np.meshgrid(grid, grid)
        assert abs(mlab.bivariate_normal(x, y, 1.0, 1.5, 0.5, 0.0, 0.4).sum() * 0.01 - 1) < 1e-6
    """,
}
# Told below, as they end with files or begin without a display.
TOLD_BELOW = {"plotting:mend_backend", "plotting:mend_show"}

_ALL = """
import json, sys, traceback
told = {}
for habit, story in json.load(open(sys.argv[1])).items():
    try:
        exec(compile(story, habit, "exec"), {"__name__": "__main__"})
        told[habit] = ""
    except BaseException:
        told[habit] = traceback.format_exc()
json.dump(told, open(sys.argv[2], "w"))
"""
_NEEDS = {"h5py_names": "h5py", "sklearn_names": "sklearn", "pandas_names": "pandas", "plotting": "matplotlib",
          "scipy_names": "scipy", "images": "scipy"}


def run(program: Path, *arguments: str, display: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path if folder)
    environment = {**os.environ, "PYTHONPATH": path, "DISPLAY": display, "WAYLAND_DISPLAY": ""}
    environment.pop("MPLBACKEND", None)
    return subprocess.run([sys.executable, "-W", "ignore", "-m", "millpond", "run", str(program), *arguments],
                          capture_output=True, text=True, env=environment, cwd=cwd, timeout=120)


def need(library: str) -> None:
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed: `pip install '.[test]'`")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What went wrong in each story; nothing, as a rule."""
    folder = tmp_path_factory.mktemp("habits")
    (folder / "all.py").write_text(_ALL)
    (folder / "stories.json").write_text(json.dumps({name: textwrap.dedent(text) for name, text in STORIES.items()}))
    done = run(folder / "all.py", str(folder / "stories.json"), str(folder / "told.json"))
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "told.json").read_text())


@pytest.mark.parametrize("habit", STORIES)
@pytest.mark.slow
def test_a_program_with_an_old_habit_runs(habit: str, told: dict[str, str]) -> None:
    need(_NEEDS.get(habit.partition(":")[0], "numpy"))
    assert told[habit] == ""


def test_each_habit_has_its_story_and_is_listed() -> None:
    places = [habit.place for habit in table.HABITS]
    assert len(places) == len(set(places))
    assert {story.partition(" ")[0] for story in STORIES} | TOLD_BELOW == set(places)
    assert all(len(line) > 8 for line in table.lines())


@pytest.mark.slow
def test_importing_millpond_mends_nothing() -> None:
    program = ("import millpond as tf, numpy as np, time, sys; tf.constant(1)\n"
               "assert not hasattr(np, 'float') and not hasattr(np, 'Inf')\n"
               "assert not hasattr(time, 'clock') and not hasattr(np.zeros(1), 'itemset')\n"
               "assert 'millpond.compat.habits' not in sys.modules and repr(np.float32(1)) == 'np.float32(1.0)'")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_only_what_a_program_imports_is_imported(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import sys\n"
        "libraries = {'scipy', 'PIL', 'matplotlib', 'pandas', 'sklearn', 'imp', 'fissix', 'jax'} & set(sys.modules)\n"
        "assert not libraries, libraries\n")
    done = run(tmp_path / "program.py")
    assert done.returncode == 0, done.stderr


_PLOT = """
import matplotlib
matplotlib.use("TkAgg")
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.figure()
plt.plot([2, 1])
plt.show()
plt.plot([3])
plt.ion()
plt.show()
for step in range(1000):
    plt.pause(1.0)
print("done", len(plt.get_fignums()))
"""


@pytest.mark.slow
def test_figures_that_no_one_can_see_are_saved(tmp_path: Path) -> None:
    need("matplotlib")
    (tmp_path / "curves.py").write_text(_PLOT)
    (tmp_path / "out").mkdir()
    done = run(tmp_path / "curves.py", cwd=tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done 1\n"  # what is drawn live is saved at the end, and nothing waits
    saved = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert saved == ["curves-figure-1.png", "curves-figure-2.png", "curves-figure-3.png"]
    for name in saved:
        assert (tmp_path / "out" / name).read_bytes()[:4] == b"\x89PNG"
        assert f"is saved as {tmp_path / 'out' / name}" in done.stderr


@pytest.mark.slow
def test_help_lists_the_habits() -> None:
    done = subprocess.run([sys.executable, "-m", "millpond", "run", "--help"], capture_output=True, text=True)
    assert all(f"  {line}\n" in done.stdout for line in (*table.lines(), *table.LEFT))


@pytest.mark.slow
def test_processes_that_a_program_starts_have_the_habits_too(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(
        "import subprocess, sys\n"
        "child = 'import tensorflow as tf, numpy as np, cPickle; print(np.float(3), cPickle.loads(b\"K\\x07.\"))'\n"
        "print(subprocess.check_output([sys.executable, '-c', child]).decode())\n")
    done = run(tmp_path / "parent.py")
    assert done.stdout == "3.0 7\n\n", done.stderr


@pytest.mark.slow
def test_a_module_of_the_program_is_left_alone(tmp_path: Path) -> None:
    """`Queue`, `commands`, `Image` may be files of its own."""
    (tmp_path / "commands.py").write_text("_hidden = 1\nshown = 2\n")
    (tmp_path / "Queue.py").write_text("class Queue: pass\n")
    (tmp_path / "program.py").write_text(
        "from commands import *\nimport commands, Queue\n"
        "print(shown, hasattr(commands, 'getoutput'), hasattr(commands, '__all__'), hasattr(Queue, 'Empty'))\n")
    done = run(tmp_path / "program.py")
    assert done.stdout == "2 False False False\n", done.stderr


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("matplotlib")
    (tmp_path / "gone.py").write_text(
        "import os, matplotlib.pyplot as plt\nos.mkdir('x')\nos.chdir('x')\nos.rmdir(os.getcwd())\n"
        "plt.plot([1])\nplt.show()\n")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    done = run(tmp_path / "gone.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "gone-figure-1.png").exists()
