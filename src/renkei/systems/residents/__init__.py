"""住民基本台帳ネットワークシステム, a stand-in with the messages that linkage needs of the real one."""
