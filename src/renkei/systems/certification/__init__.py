"""暗号化通信用等電子証明書管理機能: certificates for systems, line systems, operators and cards (U6, RFC 3647)."""
