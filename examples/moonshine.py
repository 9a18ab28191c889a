"""Writes down what is said in a WAV file, by Moonshine tiny-en: a transcriber for `segue qos voice`.

    pip install moonshine-voice==0.0.73
    segue qos voice message.wav --transcriber 'python3 examples/moonshine.py'

The 0.0 versions of the package carry the model; from 0.1 on it is downloaded. English only.
"""

import sys

from moonshine_voice import ModelArch, Transcriber, get_model_path, load_wav_file

samples, rate = load_wav_file(sys.argv[-1])
with Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY) as transcriber:
    lines = transcriber.transcribe_without_streaming(samples, rate).lines
print(" ".join(line.text for line in lines))
